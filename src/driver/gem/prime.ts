// Sharing objects with other devices and files as dma-bufs.
// Kernel: panthor_gem.c (panthor_gem_prime_*, panthor_dma_buf_ops, panthor_gem_pin_locked,
// panthor_gem_unpin_locked, panthor_gem_get_sg_table). CPU caches are not modelled: what is left of
// the CPU access callbacks is the lock that they take.

import { done, type Kernel } from "../../machine/core/op.ts";
import {
  type BufferVma,
  type CpuAccess,
  type DmaBuf,
  dmaBufExport,
  type DmaBufAttachment,
  type DmaBufOps,
} from "../../machine/dma-buf/dma-buf.ts";
import { EINVAL, ENOMEM } from "../../machine/errno.ts";
import type { DrmGemObject } from "../../machine/gpuvm/gem-object.ts";
import {
  gemMapAttach,
  gemMapDetach,
  gemMapDmaBuf,
  gemPrimeImport,
  type PrimeDriver,
  type PrimeExporter,
} from "../../machine/gpuvm/gem-prime.ts";
import { pagesToSg, type SgTable } from "../../machine/memory/sg-table.ts";
import type { PanthorDevice } from "../device/types.ts";
import type { Driver } from "../driver.ts";
import type { PanthorGemObject } from "./types.ts";

export const primeOps = (drv: Driver) => {
  const exporter: PrimeExporter<PanthorGemObject> = {
    pinLocked: (bo) => drv.gem.pinLocked(bo),
    unpinLocked: (bo) => drv.gem.unpinLocked(bo),
    getSgTable: (bo) => drv.gem.getSgTable(bo),
  };
  /** panthor_dma_buf_ops. */
  const dmaBufOps: DmaBufOps = {
    attach: (attach) => gemMapAttach(exporter, attach),
    detach: (attach) => gemMapDetach(exporter, attach),
    mapDmaBuf: (attach) => drv.gem.primeMapDmaBuf(attach),
    unmapDmaBuf: (attach) => drv.gem.primeUnmapDmaBuf(attach),
    release: (dmabuf) => drv.gem.dmabufRelease(dmabuf.priv as PanthorGemObject),
    mmap: (dmabuf) => drv.gem.primeMmap(dmabuf.priv as PanthorGemObject),
    vmap: (dmabuf) => drv.gem.vmapLocked(dmabuf.priv as PanthorGemObject),
    vunmap: (dmabuf) => drv.gem.vunmapLocked(dmabuf.priv as PanthorGemObject),
    beginCpuAccess: (dmabuf, access) => drv.gem.primeBeginCpuAccess(dmabuf, access),
    endCpuAccess: (dmabuf, access) => drv.gem.primeEndCpuAccess(dmabuf, access),
  };
  return {
    /** The PRIME callbacks of panthor_drm_driver and panthor_gem_funcs. */
    primeDriver(ptdev: PanthorDevice): PrimeDriver {
      return {
        dev: drv.gem.device(),
        export: (obj) => drv.gem.primeExport(obj as PanthorGemObject),
        import: (dmabuf) => drv.gem.primeImport(ptdev, dmabuf),
      };
    },

    /** panthor_gem_prime_map_dma_buf(). */
    *primeMapDmaBuf(attach: DmaBufAttachment): Kernel<SgTable | number> {
      const sgt = yield* gemMapDmaBuf(exporter, attach);
      // The CPU access callbacks want it.
      if (typeof sgt !== "number") attach.priv = sgt;
      return sgt;
    },

    /** panthor_gem_prime_unmap_dma_buf(). */
    primeUnmapDmaBuf(attach: DmaBufAttachment): Kernel<void> {
      attach.priv = null;
      return done();
    },

    /** panthor_gem_prime_begin_cpu_access(). */
    *primeBeginCpuAccess(dmabuf: DmaBuf, _access: CpuAccess): Kernel<number> {
      const { resv } = dmabuf.priv as PanthorGemObject;
      yield* resv.lock();
      yield* resv.unlock();
      return 0;
    },

    /** panthor_gem_prime_end_cpu_access(). */
    *primeEndCpuAccess(dmabuf: DmaBuf, _access: CpuAccess): Kernel<number> {
      const { resv } = dmabuf.priv as PanthorGemObject;
      yield* resv.lock();
      yield* resv.unlock();
      return 0;
    },

    /** panthor_gem_prime_export(): objects private to a VM stay there. */
    primeExport(bo: PanthorGemObject): Kernel<DmaBuf | number> {
      if (bo.exclusiveVmRootGem !== null) return done(-EINVAL);
      const { resv, size } = bo;
      const dmabuf = dmaBufExport(drv.linux, { ops: dmaBufOps, size, priv: bo, resv });
      if (typeof dmabuf === "number") return done(dmabuf);
      // drm_gem_dmabuf_export(): the file keeps the object, the device and the module.
      drv.drv.module.refs++;
      bo.ptdev.base.get();
      bo.get();
      return done(dmabuf);
    },

    /** drm_gem_dmabuf_release(). */
    *dmabufRelease(bo: PanthorGemObject): Kernel<void> {
      const { base } = bo.ptdev;
      yield* bo.put();
      yield* base.put();
      drv.drv.module.refs--;
    },

    /** panthor_gem_prime_import(): the object itself where it is one of this device. */
    *primeImport(ptdev: PanthorDevice, dmabuf: DmaBuf): Kernel<DrmGemObject | number> {
      if (dmabuf.ops === dmaBufOps) {
        const bo = dmabuf.priv as PanthorGemObject;
        if (bo.ptdev === ptdev) return bo.get();
      }
      return yield* gemPrimeImport(dmabuf, ptdev.pdev.name, (size, sgt) =>
        drv.gem.primeImportSgTable(ptdev, size, sgt),
      );
    },

    /** panthor_gem_prime_import_sg_table(): memory of another device. */
    *primeImportSgTable(
      ptdev: PanthorDevice,
      size: number,
      sgt: SgTable,
    ): Kernel<PanthorGemObject | number> {
      if (drv.linux.memory.failsNow()) return -ENOMEM;
      const bo = drv.gem.allocObject(ptdev, size, 0);
      const ret = bo.createMmapOffset();
      if (ret !== 0) {
        yield* bo.put();
        return ret;
      }
      bo.dmap.sgt = sgt;
      return bo;
    },

    /** panthor_gem_pin_locked(). */
    pinLocked(bo: PanthorGemObject): Kernel<number> {
      return bo.imported ? done(0) : drv.gem.backingPinLocked(bo);
    },

    /** panthor_gem_unpin_locked(). */
    unpinLocked(bo: PanthorGemObject): Kernel<void> {
      return bo.imported ? done() : drv.gem.backingUnpinLocked(bo);
    },

    /** panthor_gem_get_sg_table(): the importer's own, of pages that are pinned. */
    getSgTable(bo: PanthorGemObject): SgTable | number {
      const { base } = bo.ptdev;
      base.warnOnOnce(bo.imported, "drm_gem_is_imported(obj)");
      base.warnOnOnce(bo.backing.pages === null, "!bo->backing.pages");
      base.warnOnOnce(bo.backing.pinCount === 0, "!refcount_read(&bo->backing.pin_count)");
      return pagesToSg(bo.backing.pages!, drv.linux.memory) ?? -ENOMEM;
    },

    /** drm_gem_prime_mmap() of an object that this device has exported. */
    *primeMmap(bo: PanthorGemObject): Kernel<BufferVma | number> {
      const ret = yield* drv.gem.mmap(bo);
      if (ret !== 0) return ret;
      return {
        access: () => drv.gem.userAccess(bo),
        pages: () => bo.backing.pages,
        unmap: () => drv.gem.vmClose(bo),
      };
    },

    /** panthor_gem_mmap() of an imported object: its exporter maps it. */
    *mmapImported(bo: PanthorGemObject): Kernel<BufferVma | number> {
      return bo.dmaBuf === null ? -EINVAL : yield* bo.dmaBuf.mmap(bo.size);
    },
  };
};
