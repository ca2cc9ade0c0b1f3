// The GPU VA space of a VM: mappings in order of address, and the walk that tells a driver which
// mappings a map or unmap request cuts. Kernel: drivers/gpu/drm/drm_gpuvm.c. The VM's object
// lists are in vm-bo.ts. Left out: op lists (drivers that collect steps), madvise, prefetch, and
// the internal list locks (only VMs with DRM_GPUVM_RESV_PROTECTED and immediate mode).

import { done, type Kernel } from "../core/op.ts";
import { Defect } from "../defect.ts";
import type { RefRegistry } from "../core/validator.ts";
import type { DmaResv } from "../dma-fence/resv.ts";
import { EEXIST, EINVAL } from "../errno.ts";
import { Kref } from "../kref.ts";
import type { DrmGemObject } from "./gem-object.ts";
import {
  DRM_GPUVA_REPEAT,
  type DrmGpuva,
  type DrmGpuvmBo,
  type DrmGpuvmOps,
  type GpuvaOpMap,
  type GpuvaOpRemap,
  type GpuvaOpUnmap,
} from "./gpuva.ts";

/** struct drm_gpuvm. */
export class DrmGpuvm {
  declare kref: Kref;
  name = "unknown";
  mmStart = 0;
  mmRange = 0;
  declare rObj: DrmGemObject;
  declare ops: DrmGpuvmOps;
  /** External objects: those with a reservation object of their own. */
  readonly extobj = new Set<DrmGpuvmBo>();
  readonly evict = new Set<DrmGpuvmBo>();
  /** Object associations to clean up later, newest last. */
  readonly boDefer: DrmGpuvmBo[] = [];
  /** Mappings in order of address. */
  private readonly vas: DrmGpuva[] = [];
  private warn: (text: string) => void = () => {};

  /** drm_gpuvm_init(). */
  initGpuvm(options: {
    readonly name: string;
    readonly rObj: DrmGemObject;
    readonly start: number;
    readonly range: number;
    readonly ops: DrmGpuvmOps;
    readonly warn: (text: string) => void;
    /** Where live VMs are counted. */
    readonly registry?: RefRegistry | null;
  }): void {
    this.kref = new Kref("drm_gpuvm", options.registry ?? null);
    this.name = options.name;
    this.rObj = options.rObj.get();
    this.mmStart = options.start;
    this.mmRange = options.range;
    this.ops = options.ops;
    this.warn = options.warn;
  }

  /** drm_gpuvm_get(). */
  get(): this {
    this.kref.get();
    return this;
  }

  /** kref_get_unless_zero(). */
  getUnlessZero(): boolean {
    return this.kref.getUnlessZero();
  }

  /** drm_gpuvm_put(). */
  put(): Kernel<void> {
    return this.kref.putTest() ? this.free() : done();
  }

  private *free(): Kernel<void> {
    if (this.vas.length > 0) this.warn("GPUVA tree is not empty, potentially leaking memory.");
    if (this.extobj.size > 0) this.warn("Extobj list should be empty.");
    if (this.evict.size > 0) this.warn("Evict list should be empty.");
    if (this.boDefer.length > 0) this.warn("VM BO cleanup list should be empty.");
    yield* this.rObj.put();
    yield* this.ops.vmFree(this);
  }

  /** drm_gpuvm_resv(). */
  get resv(): DmaResv {
    return this.rObj.resv;
  }

  /** drm_gpuvm_is_extobj(). */
  isExtobj(obj: DrmGemObject): boolean {
    return obj.resv !== this.rObj.resv;
  }

  /** drm_gpuvm_range_valid(). */
  rangeValid(addr: number, range: number): boolean {
    return addr >= this.mmStart && addr + range <= this.mmStart + this.mmRange;
  }

  /** drm_gpuvm_for_each_va(). */
  get mappings(): readonly DrmGpuva[] {
    return this.vas;
  }

  /** drm_gpuva_find_first(): the first mapping that intersects the range. */
  findFirst(addr: number, range: number): DrmGpuva | null {
    const va = this.vas[this.lowerBound(addr)];
    return va !== undefined && va.va.addr <= addr + range - 1 ? va : null;
  }

  /** drm_gpuva_find(): the mapping with exactly this range. */
  find(addr: number, range: number): DrmGpuva | null {
    const va = this.findFirst(addr, range);
    return va !== null && va.va.addr === addr && va.va.range === range ? va : null;
  }

  /** drm_gpuvm_interval_empty(). */
  intervalEmpty(addr: number, range: number): boolean {
    return this.findFirst(addr, range) === null;
  }

  /** drm_gpuva_insert(): takes a reference on the VM. */
  insert(va: DrmGpuva): number {
    const { addr, range } = va.va;
    if (!this.rangeValid(addr, range)) return -EINVAL;
    if (this.findFirst(addr, range) !== null) return -EEXIST;
    va.vm = this.get();
    this.vas.splice(this.lowerBound(addr), 0, va);
    return 0;
  }

  /** drm_gpuva_remove(): drops the reference on the VM. */
  remove(va: DrmGpuva): Kernel<void> {
    const bound = this.lowerBound(va.va.addr);
    // An empty mapping is where another one may begin.
    const i = this.vas[bound] === va ? bound : this.vas.indexOf(va);
    if (i < 0) throw new Defect("drm_gpuva_remove", "mapping is not in the VM");
    this.vas.splice(i, 1);
    return this.put();
  }

  /** drm_gpuva_map(). */
  map(va: DrmGpuva, op: GpuvaOpMap): void {
    initFromOp(va, op);
    this.insert(va);
  }

  /** drm_gpuva_remap(). */
  *remap(prev: DrmGpuva | null, next: DrmGpuva | null, op: GpuvaOpRemap): Kernel<void> {
    yield* this.remove(op.unmap.va);
    if (op.prev !== null) this.map(prev!, op.prev);
    if (op.next !== null) this.map(next!, op.next);
  }

  /** drm_gpuva_unmap(). */
  unmap(op: GpuvaOpUnmap): Kernel<void> {
    return this.remove(op.va);
  }

  /** drm_gpuvm_sm_map(): unmap and remap steps for what is in the way, then one map step. */
  *smMap(req: GpuvaOpMap): Kernel<number> {
    const { addr, range } = req.va;
    if (!this.rangeValid(addr, range)) return -EINVAL;
    const end = addr + range;
    let ret = 0;
    for (let va = this.firstInRange(addr, end); va !== null;) {
      const following = this.after(va);
      const last = va.va.addr + va.va.range >= end;
      ret = yield* this.cut(va, addr, end, mergeable(va, req));
      if (ret !== 0) return ret;
      va = last || following === null || following.va.addr >= end ? null : following;
    }
    // The step has an operation of its own: it may move its offset.
    const { flags } = req;
    return yield* this.ops.smStepMap({ va: { addr, range }, gem: { ...req.gem }, flags }, this);
  }

  /** drm_gpuvm_sm_unmap(). */
  *smUnmap(addr: number, range: number): Kernel<number> {
    if (!this.rangeValid(addr, range)) return -EINVAL;
    const end = addr + range;
    for (let va = this.firstInRange(addr, end); va !== null;) {
      const following = this.after(va);
      const ret = yield* this.cut(va, addr, end, false);
      if (ret !== 0) return ret;
      va = following === null || following.va.addr >= end ? null : following;
    }
    return 0;
  }

  /** One step for a mapping that intersects [start, end): remap if a part survives, else unmap. */
  private cut(va: DrmGpuva, start: number, end: number, keep: boolean): Kernel<number> {
    const { addr, range } = va.va;
    const { offset } = va.gem;
    const flags = va.gpuvaFlags;
    const vaEnd = addr + range;
    const unmap = { va, keep };
    if (addr >= start && vaEnd <= end) return this.ops.smStepUnmap(unmap, this);
    // What is repeated begins anywhere: a split does not move it.
    const moved = (flags & DRM_GPUVA_REPEAT) !== 0 ? offset : offset + (end - addr);
    const survivor = (at: number, length: number, from: number): GpuvaOpMap => ({
      va: { addr: at, range: length },
      gem: { ...va.gem, offset: from },
      flags,
    });
    const prev = addr < start ? survivor(addr, start - addr, offset) : null;
    const next = vaEnd > end ? survivor(end, vaEnd - end, moved) : null;
    return this.ops.smStepRemap({ prev, next, unmap }, this);
  }

  /** drm_gpuvm_for_each_va_range(): where it starts. */
  private firstInRange(addr: number, end: number): DrmGpuva | null {
    const va = this.findFirst(addr, end - addr);
    return va !== null && va.va.addr < end ? va : null;
  }

  private after(va: DrmGpuva): DrmGpuva | null {
    return this.vas[this.lowerBound(va.va.addr) + 1] ?? null;
  }

  /** Index of the first mapping that ends after `addr`. */
  private lowerBound(addr: number): number {
    const { vas } = this;
    let low = 0;
    let high = vas.length;
    while (low < high) {
      const mid = (low + high) >> 1;
      const { va } = vas[mid];
      if (va.addr + va.range > addr) high = mid;
      else low = mid + 1;
    }
    return low;
  }
}

/** True if the part of `va` in the request maps what the request maps. */
function mergeable(va: DrmGpuva, req: GpuvaOpMap): boolean {
  const { obj, offset, range } = va.gem;
  if (obj === null || obj !== req.gem.obj || va.gpuvaFlags !== (req.flags ?? 0)) return false;
  const distance = va.va.addr - req.va.addr;
  if ((va.gpuvaFlags & DRM_GPUVA_REPEAT) === 0) return offset - req.gem.offset === distance;
  return range === req.gem.range && offset === req.gem.offset && distance % range === 0;
}

function initFromOp(va: DrmGpuva, op: GpuvaOpMap): void {
  va.va.addr = op.va.addr;
  va.va.range = op.va.range;
  va.gem.obj = op.gem.obj;
  va.gem.offset = op.gem.offset;
  va.gem.range = op.gem.range ?? 0;
  va.gpuvaFlags = op.flags ?? 0;
}
