// The part of GEM that drivers share: reference counts, reservation object, GPU mappings list.
// Kernel: drivers/gpu/drm/drm_gem.c, include/drm/drm_gem.h. Flink names are left out; dma-buf files
// are in gem-prime.ts; the memory behind an object is the driver's.

import { done, type Kernel } from "../core/op.ts";
import type { DmaBuf, DmaBufAttachment } from "../dma-buf/dma-buf.ts";
import { DmaResv } from "../dma-fence/resv.ts";
import { ENOMEM } from "../errno.ts";
import { Kref } from "../kref.ts";
import type { Linux } from "../linux.ts";
import { Mutex } from "../lock/mutex.ts";
import { DrmMm, DrmMmNode } from "../memory/drm-mm.ts";
import { IdrPreloads, type XaNodes } from "../memory/xarray.ts";
import { pageSize } from "../memory/physical-memory.ts";
import { type DrmGemLru, gemLruRemove } from "./gem-lru.ts";
import type { DrmGpuvmBo } from "./gpuva.ts";
import type { PrimeFile } from "./prime-file.ts";

/** DRM_FILE_PAGE_OFFSET_START and _SIZE of 64-bit kernels: from 4 GiB, not quite 1 TiB. */
const filePageOffsetStart = 0x100000;
const filePageOffsetSize = 0xfffff * 256;

/** struct drm_gem_object_funcs, as far as the core calls them. */
export interface DrmGemObjectFuncs {
  /** The last reference is gone. */
  readonly free: (obj: DrmGemObject) => Kernel<void>;
}

/** What struct drm_device holds for GEM. */
export class GemDevice {
  readonly lruMutex: Mutex;
  readonly objectNameLock: Mutex;
  /** drm_vma_offset_manager: the space of fake mmap offsets, in pages. */
  private readonly offsets = new DrmMm(filePageOffsetStart, filePageOffsetSize);
  /** Objects by their fake offset. */
  readonly nodes = new Map<number, DrmGemObject>();

  /** radix_tree_preloads. */
  readonly idrPreloads: IdrPreloads;

  constructor(readonly linux: Linux) {
    this.idrPreloads = new IdrPreloads(linux.memory);
    this.lruMutex = new Mutex(linux.m, "gem_lru_mutex");
    this.objectNameLock = new Mutex(linux.m, "object_name_lock");
  }

  /** drm_vma_offset_add(): 0, or -ENOSPC, also for an empty object. */
  addOffset(obj: DrmGemObject): number {
    const ret = this.offsets.insertNodeInRange(obj.vmaNode, obj.size / pageSize, 0, 0, Infinity);
    if (ret === 0) this.nodes.set(obj.mmapOffset, obj);
    return ret;
  }

  /** drm_vma_offset_remove(). */
  removeOffset(obj: DrmGemObject): void {
    if (obj.vmaNode.mm === null) return;
    this.nodes.delete(obj.mmapOffset);
    this.offsets.removeNode(obj.vmaNode);
  }
}

/** struct drm_gem_object. */
export class DrmGemObject {
  private readonly kref: Kref;
  handleCount = 0;
  size = 0;
  /** drm_vma_offset_node::vm_node. */
  readonly vmaNode = new DrmMmNode();
  /** The object's own reservation object. */
  readonly ownResv: DmaResv;
  /** The one in use: the VM's for objects exclusive to a VM. */
  resv: DmaResv;
  readonly gpuva: { readonly list: Set<DrmGpuvmBo>; readonly lock: Mutex };
  lru: DrmGemLru | null = null;
  /** There is a shmem file behind the object (not for drm_gem_private_object_init()). */
  filp = false;
  /** The dma-buf of the object, while it has handles. */
  dmaBuf: DmaBuf | null = null;
  /** Of the dma-buf whose memory it is. */
  importAttach: DmaBufAttachment | null = null;

  /** drm_gem_private_object_init(). */
  constructor(
    readonly dev: GemDevice,
    readonly funcs: DrmGemObjectFuncs,
    size: number,
  ) {
    const { m } = dev.linux;
    this.kref = new Kref(m, "drm_gem_object");
    this.size = size;
    this.ownResv = new DmaResv(dev.linux.fences);
    this.resv = this.ownResv;
    this.gpuva = { list: new Set(), lock: new Mutex(m, "gpuva.lock") };
  }

  /** drm_vma_node_offset_addr(): what to pass to mmap(); 0 until drm_gem_create_mmap_offset(). */
  get mmapOffset(): number {
    return this.vmaNode.start * pageSize;
  }

  /** drm_gem_is_imported(): the memory is somebody else's. */
  get imported(): boolean {
    return this.importAttach !== null;
  }

  /** kref_read(): 0 while the object is being freed. */
  get refcount(): number {
    return this.kref.count;
  }

  /** drm_gem_object_get(). */
  get(): this {
    this.kref.get();
    return this;
  }

  /** kref_get_unless_zero(). */
  getUnlessZero(): boolean {
    return this.kref.getUnlessZero();
  }

  /** drm_gem_object_put(). */
  put(): Kernel<void> {
    return this.kref.putTest() ? this.funcs.free(this) : done();
  }

  /** drm_gem_object_release(): with no reference left. */
  *release(): Kernel<void> {
    if (this.filp) yield* this.dev.linux.files.fput();
    yield* this.ownResv.fini();
    this.dev.removeOffset(this);
    yield* gemLruRemove(this);
  }

  /** drm_gem_create_mmap_offset(): 0, or -ENOSPC. */
  createMmapOffset(): number {
    return this.vmaNode.mm === null ? this.dev.addOffset(this) : 0;
  }
}

/** The files that own handles: struct drm_file::object_idr, table_lock. */
export interface GemHandles {
  readonly handles: Map<number, DrmGemObject>;
  /** Nodes of the IDR. Its base is 1, so handle 1 is its index 0. */
  readonly handleNodes: XaNodes;
  readonly prime: PrimeFile;
}

/** drm_gem_handle_create(): the lowest free handle, from 1, or -ENOMEM. */
export function* gemHandleCreate(file: GemHandles, obj: DrmGemObject): Kernel<number> {
  yield* obj.dev.objectNameLock.lock();
  return yield* gemHandleCreateTail(file, obj);
}

/** drm_gem_handle_create_tail(): with the name lock held, which it drops. */
export function* gemHandleCreateTail(file: GemHandles, obj: DrmGemObject): Kernel<number> {
  if (obj.handleCount++ === 0) obj.get();
  let handle = 1;
  while (file.handles.has(handle)) handle++;
  let ret = obj.dev.idrPreloads.alloc(file.handleNodes, handle - 1);
  yield* obj.dev.objectNameLock.unlock();
  // drm_vma_node_allow().
  if (ret === 0 && obj.dev.linux.memory.failsNow()) {
    file.handleNodes.erase(handle - 1);
    ret = -ENOMEM;
  }
  if (ret === 0) {
    file.handles.set(handle, obj);
    return handle;
  }
  yield* gemHandlePut(obj);
  return ret;
}

/** drm_gem_handle_delete(): false if there is no such handle. */
export function* gemHandleDelete(file: GemHandles, handle: number): Kernel<boolean> {
  const obj = file.handles.get(handle);
  if (obj === undefined) return false;
  yield* gemReleaseHandle(file, handle, obj);
  file.handles.delete(handle);
  file.handleNodes.erase(handle - 1);
  return true;
}

/** drm_gem_release(): all handles of a file that closes, in their order (idr_for_each()). */
export function* gemRelease(file: GemHandles): Kernel<void> {
  const handles = [...file.handles.keys()].sort((a, b) => a - b);
  for (const handle of handles) yield* gemReleaseHandle(file, handle, file.handles.get(handle)!);
  file.handles.clear();
}

/** drm_gem_object_release_handle(). */
function* gemReleaseHandle(file: GemHandles, handle: number, obj: DrmGemObject): Kernel<void> {
  const { prime } = file;
  yield* prime.lock.lock();
  yield* prime.removeHandle(handle);
  yield* prime.lock.unlock();
  yield* gemHandlePut(obj);
}

/** drm_gem_object_handle_put_unlocked(). */
function* gemHandlePut(obj: DrmGemObject): Kernel<void> {
  const { objectNameLock } = obj.dev;
  yield* objectNameLock.lock();
  const final = --obj.handleCount === 0;
  if (final && obj.dmaBuf !== null) {
    // drm_gem_object_exported_dma_buf_free(): object and dma-buf hold each other until then.
    const { dmaBuf } = obj;
    obj.dmaBuf = null;
    yield* dmaBuf.put();
  }
  yield* objectNameLock.unlock();
  if (final) yield* obj.put();
}

/** drm_gem_object_lookup(): with a reference, null if there is no such handle. */
export function gemObjectLookup(file: GemHandles, handle: number): DrmGemObject | null {
  return file.handles.get(handle)?.get() ?? null;
}

/**
 * drm_gpuvm_resv_object_alloc(), but for the allocation: a sizeless object that lends its
 * reservation object to a VM.
 */
export function gpuvmResvObjectAlloc(dev: GemDevice): DrmGemObject {
  return new DrmGemObject(dev, { free: (obj) => obj.release() }, 0);
}
