// VM objects: creation, release, heap pool. Kernel: panthor_mmu.c (panthor_vm_create,
// panthor_vm_free, panthor_vm_get_heap_pool, mair_to_memattr, panthor_vm_bo_free).

import { done, type Kernel } from "../../machine/core/op.ts";
import { DrmSchedEntity } from "../../machine/drm-sched/entity.ts";
import { GpuSchedStat, SchedPriority } from "../../machine/drm-sched/priority.ts";
import { DrmGpuScheduler } from "../../machine/drm-sched/scheduler.ts";
import type { DmaResv } from "../../machine/dma-fence/resv.ts";
import { EINVAL, ENOENT, ENOMEM } from "../../machine/errno.ts";
import { DrmGemLru } from "../../machine/gpuvm/gem-lru.ts";
import { type DrmGemObject, gpuvmResvObjectAlloc } from "../../machine/gpuvm/gem-object.ts";
import type { DrmGpuvmBo, DrmGpuvmOps } from "../../machine/gpuvm/gpuva.ts";
import { IoPgtable } from "../../machine/io-pgtable/io-pgtable.ts";
import { Mutex } from "../../machine/lock/mutex.ts";
import { DrmMm } from "../../machine/memory/drm-mm.ts";
import { warnOnce } from "../../machine/warn-once.ts";
import { K } from "../../timeline/kinds.ts";
import type { PanthorDevice } from "../device/types.ts";
import type { Driver } from "../driver.ts";
import type { PanthorGemObject } from "../gem/types.ts";
import { gpuMmuFeaturesPaBits, gpuMmuFeaturesVaBits } from "../gpu/regs.ts";
import type { PanthorHeapPool } from "../heap/types.ts";
import { size4G } from "./bits.ts";
import {
  AS_MEMATTR_AARCH64_INNER_OUTER_NC,
  AS_MEMATTR_AARCH64_INNER_OUTER_WB,
  AS_MEMATTR_AARCH64_SH_CPU_INNER,
  AS_MEMATTR_AARCH64_SH_MIDGARD_INNER,
  asMemattrInnerAllocExpl,
} from "./regs.ts";
import { PanthorVm } from "./types.ts";
import { delInit } from "./vm-list.ts";

export const vmOps = (drv: Driver) => ({
  /** panthor_gpuvm_ops. */
  gpuvmOps(): DrmGpuvmOps {
    return {
      vmFree: (vm) => drv.mmu.gpuvmFree(vm as PanthorVm),
      vmBoFree: (vmBo) => drv.mmu.vmBoFree(vmBo),
      smStepMap: (op, vm) => drv.mmu.gpuvaSmStepMap(op, vm as PanthorVm),
      smStepRemap: (op, vm) => drv.mmu.gpuvaSmStepRemap(op, vm as PanthorVm),
      smStepUnmap: (op, vm) => drv.mmu.gpuvaSmStepUnmap(op, vm as PanthorVm),
      vmBoValidate: (vmBo, exec) => drv.mmu.vmBoValidate(vmBo, exec),
    };
  },

  /** panthor_vm_create(). */
  *vmCreate(
    ptdev: PanthorDevice,
    forMcu: boolean,
    kernelVaStart: number,
    kernelVaSize: number,
    autoKernelVaStart: number,
    autoKernelVaSize: number,
  ): Kernel<PanthorVm | number> {
    const { linux } = drv;
    const { m, memory } = linux;
    // The VM, and the object whose reservation its own objects share.
    if (memory.failsNow() || memory.failsNow()) return -ENOMEM;
    const vm = new PanthorVm();
    const dummyGem = gpuvmResvObjectAlloc(drv.gem.device());
    vm.heaps.lock = new Mutex(m, "heaps.lock");
    vm.forMcu = forMcu;
    vm.ptdev = ptdev;
    vm.opLock = new Mutex(m, "panthor_vm.op_lock");
    vm.userVaRange = kernelVaStart;
    vm.mmLock = new Mutex(m, "panthor_vm.mm_lock");
    vm.mm = new DrmMm(kernelVaStart, kernelVaSize);
    vm.kernelAutoVa.start = autoKernelVaStart;
    vm.kernelAutoVa.end = autoKernelVaStart + autoKernelVaSize - 1;
    vm.reclaim.lru = new DrmGemLru();

    const pgtblOps = drv.mmu.vmAllocPgtable(vm);
    if (pgtblOps === null) {
      yield* dummyGem.put();
      return -EINVAL;
    }
    vm.pgtblOps = pgtblOps;

    const ret = yield* drv.mmu.vmInitBindQueue(vm);
    if (ret !== 0) {
      pgtblOps.free();
      yield* dummyGem.put();
      return ret;
    }
    vm.memattr = drv.mmu.mairToMemattr(pgtblOps.mair, ptdev.coherent);

    const { lock, list } = ptdev.mmu.vm;
    yield* lock.lock();
    list.push(vm);
    if (ptdev.mmu.vm.resetInProgress) yield* drv.mmu.vmStop(vm);
    yield* lock.unlock();

    // Nothing is reserved: mappings of the kernel are handled as those of the user. A VM keeps the
    // device, with all that drmm_add_action() is to release.
    ptdev.base.get();
    vm.initGpuvm({
      name: forMcu ? "panthor-MCU-VM" : "panthor-GPU-VM",
      rObj: dummyGem,
      start: 0,
      // The MCU is a 32-bit core.
      range: forMcu ? size4G : 2 ** gpuMmuFeaturesVaBits(ptdev.gpuInfo.mmuFeatures),
      ops: drv.mmu.gpuvmOps(),
      warn: (text) => ptdev.base.warnOn(true, text),
      registry: m.krefs,
    });
    yield* dummyGem.put();
    return vm;
  },

  /** The scheduler and the entity of the VM_BIND queue. */
  *vmInitBindQueue(vm: PanthorVm): Kernel<number> {
    vm.sched = new DrmGpuScheduler(drv.linux);
    let ret = vm.sched.init({
      ops: {
        runJob: (job) => drv.mmu.vmBindRunJob(job),
        freeJob: (job) => drv.mmu.vmBindFreeJob(job),
        timedoutJob: (job) => drv.mmu.vmBindTimedoutJob(job),
      },
      submitWq: vm.ptdev.mmu.vm.wq,
      numRqs: 1,
      creditLimit: 1,
      timeout: Infinity,
      name: "panthor-vm-bind",
    });
    if (ret !== 0) return ret;
    vm.entity = new DrmSchedEntity(drv.linux);
    ret = yield* vm.entity.init(SchedPriority.kernel, [vm.sched]);
    if (ret !== 0) yield* vm.sched.fini();
    return ret;
  },

  /** alloc_io_pgtable_ops() with the configuration of panthor_vm_create(). */
  vmAllocPgtable(vm: PanthorVm): IoPgtable | null {
    const { ptdev } = vm;
    const { m, rec } = drv.linux;
    const { mmuFeatures } = ptdev.gpuInfo;
    return IoPgtable.create(drv.linux.memory, {
      format: "ARM_64_LPAE_S1",
      pgsizeBitmap: ptdev.mmuInfo.pageSizeBitmap,
      ias: gpuMmuFeaturesVaBits(mmuFeatures),
      oas: gpuMmuFeaturesPaBits(mmuFeatures),
      coherentWalk: ptdev.coherent,
      alloc: (size) => drv.mmu.allocPt(vm, size),
      free: (table, size) => drv.mmu.freePt(vm, table, size),
      warn: (text) => rec.log("warn", `WARNING: ${text}`),
      warnOnce: (text) => warnOnce(m, text),
      traceUnmap: (table, iova, size) => rec.emit(K.pgtable_unmap, table, iova, size),
    });
  },

  /** drm_gpuvm_free(): the VM, then its reference on the device. */
  *gpuvmFree(vm: PanthorVm): Kernel<void> {
    const { base } = vm.ptdev;
    yield* drv.mmu.vmFree(vm);
    yield* base.put();
  },

  /** panthor_vm_free(): the last reference is gone. */
  *vmFree(vm: PanthorVm): Kernel<void> {
    const { ptdev } = vm;
    const { mmu } = ptdev;
    const { lruMutex } = drv.gem.device();
    yield* lruMutex.lock();
    delInit(vm);
    yield* lruMutex.unlock();

    yield* vm.heaps.lock.lock();
    if (ptdev.base.warnOn(vm.heaps.pool !== null, "vm->heaps.pool")) {
      yield* drv.heap.poolDestroy(vm.heaps.pool);
    }
    yield* vm.heaps.lock.unlock();

    yield* mmu.vm.lock.lock();
    mmu.vm.list.splice(mmu.vm.list.indexOf(vm), 1);
    // No job is left and none can come: starting the queue cannot disturb the reset.
    if (mmu.vm.resetInProgress) yield* drv.mmu.vmStart(vm);
    yield* mmu.vm.lock.unlock();

    yield* vm.entity.destroy();
    yield* vm.sched.fini();

    yield* vm.opLock.lock();
    yield* mmu.as.slotsLock.lock();
    if (vm.as.id >= 0) {
      if (ptdev.base.enter()) {
        yield* drv.mmu.asDisable(ptdev, vm.as.id, false);
        yield* ptdev.base.exit();
      }
      mmu.as.slots[vm.as.id].vm = null;
      mmu.as.allocMask &= ~(1 << vm.as.id);
      drv.mmu.asLruDel(vm);
    }
    yield* mmu.as.slotsLock.unlock();
    yield* vm.opLock.unlock();

    vm.pgtblOps.free();
    if (vm.dummy !== null) yield* vm.dummy.put();
    ptdev.base.warnOn(vm.mm.takedown(), "drm_mm not clean during takedown");
  },

  /** panthor_vm_get_heap_pool(): with a reference. */
  *vmGetHeapPool(vm: PanthorVm, create: boolean): Kernel<PanthorHeapPool | number> {
    let pool: PanthorHeapPool | number;
    yield* vm.heaps.lock.lock();
    if (vm.heaps.pool === null && create) {
      pool = vm.destroyed ? -EINVAL : yield* drv.heap.poolCreate(vm.ptdev, vm);
      if (typeof pool !== "number") vm.heaps.pool = drv.heap.poolGet(pool);
    } else pool = drv.heap.poolGet(vm.heaps.pool) ?? -ENOENT;
    yield* vm.heaps.lock.unlock();
    return pool;
  },

  /**
   * mair_to_memattr(): write-back where inner and outer are write-back, else non-cacheable.
   * Without coherency, inner shareable is the GPU's own domain.
   */
  mairToMemattr(mair: bigint, coherent: boolean): bigint {
    let memattr = 0n;
    for (let i = 0n; i < 64n; i += 8n) {
      const attr = Number((mair >> i) & 0xffn);
      const outer = attr >>> 4;
      const inner = attr & 0xf;
      let out: number;
      if ((outer & 3) === 0 || (outer & 4) === 0 || (inner & 4) === 0) {
        out =
          AS_MEMATTR_AARCH64_INNER_OUTER_NC |
          AS_MEMATTR_AARCH64_SH_MIDGARD_INNER |
          asMemattrInnerAllocExpl(false, false);
      } else {
        out =
          AS_MEMATTR_AARCH64_INNER_OUTER_WB |
          asMemattrInnerAllocExpl((inner & 1) !== 0, (inner & 2) !== 0) |
          (coherent ? AS_MEMATTR_AARCH64_SH_CPU_INNER : AS_MEMATTR_AARCH64_SH_MIDGARD_INNER);
      }
      memattr |= BigInt(out) << i;
    }
    return memattr;
  },

  /** panthor_vm_bo_free(): the reservation lock could not be taken at the unlink. */
  *vmBoFree(vmBo: DrmGpuvmBo): Kernel<void> {
    const bo = vmBo.obj as PanthorGemObject;
    yield* bo.resv.lock();
    yield* bo.gpuva.lock.lock();
    yield* drv.gem.updateReclaimStateLocked(bo);
    yield* bo.gpuva.lock.unlock();
    yield* bo.resv.unlock();
  },

  /** panthor_vm_resv(). */
  vmResv(vm: PanthorVm): DmaResv {
    return vm.resv;
  },

  /** panthor_vm_root_gem(). */
  vmRootGem(vm: PanthorVm | null): DrmGemObject | null {
    return vm === null ? null : vm.rObj;
  },

  /** drm_sched_backend_ops::timedout_job of VM_BIND queues: they have no timeout. */
  vmBindTimedoutJob(_job: unknown): Kernel<GpuSchedStat> {
    drv.linux.m.rec.log("warn", "WARNING: VM_BIND job timed out, though it has no timeout");
    return done(GpuSchedStat.reset);
  },
});
