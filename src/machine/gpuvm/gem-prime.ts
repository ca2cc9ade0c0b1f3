// Sharing objects as dma-bufs: drivers/gpu/drm/drm_prime.c. What the driver adds is in the callbacks
// of its device: how it exports, and how it imports.

import { done, type Kernel } from "../core/op.ts";
import type { DmaBuf, DmaBufAttachment } from "../dma-buf/dma-buf.ts";
import { EBADF, EINVAL, ENOENT, ENOMEM } from "../errno.ts";
import type { SgTable } from "../memory/sg-table.ts";
import type { FdTable } from "../syncobj/fd-table.ts";
import {
  type DrmGemObject,
  type GemDevice,
  gemHandleCreateTail,
  gemHandleDelete,
  type GemHandles,
  gemObjectLookup,
} from "./gem-object.ts";

/** O_CLOEXEC and O_RDWR as DRM_CLOEXEC and DRM_RDWR. */
const flagsMask = 0o2000000 | 0o2;

/** The PRIME callbacks of struct drm_driver and struct drm_gem_object_funcs. */
export interface PrimeDriver {
  readonly dev: GemDevice;
  /** obj->funcs->export(): a new dma-buf, or a negative errno. */
  export(obj: DrmGemObject): Kernel<DmaBuf | number>;
  /** gem_prime_import(): an object with a reference for the caller. */
  import(dmabuf: DmaBuf): Kernel<DrmGemObject | number>;
}

/** drm_prime_handle_to_fd_ioctl(): the descriptor or a negative errno. */
export function* primeHandleToFd(
  driver: PrimeDriver,
  file: GemHandles,
  fds: FdTable,
  handle: number,
  flags: number,
): Kernel<number> {
  if ((flags & ~flagsMask) !== 0) return -EINVAL;
  const dmabuf = yield* handleToDmabuf(driver, file, handle);
  return typeof dmabuf === "number" ? dmabuf : fds.install({ kind: "dma_buf", dmabuf });
}

/** drm_gem_prime_handle_to_dmabuf(): with a reference. */
function* handleToDmabuf(
  driver: PrimeDriver,
  file: GemHandles,
  handle: number,
): Kernel<DmaBuf | number> {
  const { prime } = file;
  yield* prime.lock.lock();
  const obj = gemObjectLookup(file, handle);
  if (obj === null) {
    yield* prime.lock.unlock();
    return -ENOENT;
  }
  const known = prime.bufOf(handle);
  const dmabuf = known !== null ? known.get() : yield* exportObject(driver, file, obj, handle);
  yield* obj.put();
  yield* prime.lock.unlock();
  return dmabuf;
}

/** The part of drm_gem_prime_handle_to_dmabuf() for a handle that has no dma-buf yet. */
function* exportObject(
  driver: PrimeDriver,
  file: GemHandles,
  obj: DrmGemObject,
  handle: number,
): Kernel<DmaBuf | number> {
  const { objectNameLock, linux } = driver.dev;
  yield* objectNameLock.lock();
  // An imported object goes out as what it came in as.
  const existing = obj.importAttach?.dmabuf ?? obj.dmaBuf;
  const dmabuf = existing !== null ? existing.get() : yield* exportAndRegister(driver, obj);
  if (typeof dmabuf === "number") {
    yield* objectNameLock.unlock();
    return dmabuf;
  }
  const failed = linux.memory.failsNow();
  if (!failed) file.prime.add(dmabuf, handle);
  yield* objectNameLock.unlock();
  if (!failed) return dmabuf;
  yield* dmabuf.put();
  return -ENOMEM;
}

/** export_and_register_object(). */
function* exportAndRegister(driver: PrimeDriver, obj: DrmGemObject): Kernel<DmaBuf | number> {
  // The handle is being closed.
  if (obj.handleCount === 0) return -ENOENT;
  const dmabuf = yield* driver.export(obj);
  if (typeof dmabuf !== "number") obj.dmaBuf = dmabuf.get();
  return dmabuf;
}

/** drm_prime_fd_to_handle_ioctl(), drm_gem_prime_fd_to_handle(): the handle or a negative errno. */
export function* primeFdToHandle(
  driver: PrimeDriver,
  file: GemHandles,
  fds: FdTable,
  fd: number,
): Kernel<number> {
  const anon = fds.get(fd);
  if (anon === null) return -EBADF;
  if (anon.kind !== "dma_buf") return -EINVAL;
  const dmabuf = anon.dmabuf.get();
  const { prime } = file;
  yield* prime.lock.lock();
  let ret = prime.handleOf(dmabuf) ?? (yield* importDmabuf(driver, file, dmabuf));
  let unwind = false;
  if (ret > 0 && prime.handleOf(dmabuf) === null) {
    unwind = driver.dev.linux.memory.failsNow();
    if (!unwind) prime.add(dmabuf, ret);
  }
  yield* prime.lock.unlock();
  if (unwind) {
    yield* gemHandleDelete(file, ret);
    ret = -ENOMEM;
  }
  yield* dmabuf.put();
  return ret;
}

/** The part of drm_gem_prime_fd_to_handle() for a buffer that the file does not know. */
function* importDmabuf(driver: PrimeDriver, file: GemHandles, dmabuf: DmaBuf): Kernel<number> {
  const { objectNameLock, linux } = driver.dev;
  yield* objectNameLock.lock();
  const obj = yield* driver.import(dmabuf);
  if (typeof obj === "number") {
    yield* objectNameLock.unlock();
    return obj;
  }
  if (obj.dmaBuf === null) obj.dmaBuf = dmabuf.get();
  else if (obj.dmaBuf !== dmabuf) {
    linux.m.rec.log("warn", "WARNING: drm_gem_prime_fd_to_handle(): obj->dma_buf != dma_buf");
  }
  const handle = yield* gemHandleCreateTail(file, obj);
  yield* obj.put();
  return handle;
}

/** drm_gem_prime_import(), for a buffer of somebody else: `make` is gem_prime_import_sg_table(). */
export function* gemPrimeImport(
  dmabuf: DmaBuf,
  dev: string,
  make: (size: number, sgt: SgTable) => Kernel<DrmGemObject | number>,
): Kernel<DrmGemObject | number> {
  const attach = yield* dmabuf.attach(dev);
  if (typeof attach === "number") return attach;
  dmabuf.get();
  const sgt = yield* dmabuf.mapAttachment(attach);
  let obj: DrmGemObject | number = typeof sgt === "number" ? sgt : 0;
  if (typeof sgt !== "number") {
    obj = yield* make(dmabuf.size, sgt);
    if (typeof obj !== "number") {
      obj.importAttach = attach;
      obj.resv = dmabuf.resv;
      return obj;
    }
    yield* dmabuf.unmapAttachment(attach, sgt);
  }
  yield* dmabuf.detach(attach);
  yield* dmabuf.put();
  return obj;
}

/** drm_prime_gem_destroy(): an imported object lets go of the buffer. */
export function* primeGemDestroy(attach: DmaBufAttachment, sgt: SgTable | null): Kernel<void> {
  const { dmabuf } = attach;
  if (sgt !== null) yield* dmabuf.unmapAttachment(attach, sgt);
  yield* dmabuf.detach(attach);
  yield* dmabuf.put();
}

/** What drm_gem_map_attach() and the other callbacks of an exporter need of its driver. */
export interface PrimeExporter<O extends DrmGemObject> {
  /** obj->funcs->pin(), unpin(): with the reservation locked. */
  pinLocked(obj: O): Kernel<number>;
  unpinLocked(obj: O): Kernel<void>;
  /** obj->funcs->get_sg_table(). */
  getSgTable(obj: O): SgTable | number;
}

const objectOf = <O extends DrmGemObject>(dmabuf: DmaBuf): O => dmabuf.priv as O;

/** drm_gem_map_attach(). */
export function* gemMapAttach<O extends DrmGemObject>(
  exporter: PrimeExporter<O>,
  attach: DmaBufAttachment,
): Kernel<number> {
  const obj = objectOf<O>(attach.dmabuf);
  yield* obj.resv.lock();
  const ret = yield* exporter.pinLocked(obj);
  yield* obj.resv.unlock();
  return ret;
}

/** drm_gem_map_detach(). */
export function* gemMapDetach<O extends DrmGemObject>(
  exporter: PrimeExporter<O>,
  attach: DmaBufAttachment,
): Kernel<void> {
  const obj = objectOf<O>(attach.dmabuf);
  yield* obj.resv.lock();
  yield* exporter.unpinLocked(obj);
  yield* obj.resv.unlock();
}

/** drm_gem_map_dma_buf(): devices see the pages where they are. */
export function gemMapDmaBuf<O extends DrmGemObject>(
  exporter: PrimeExporter<O>,
  attach: DmaBufAttachment,
): Kernel<SgTable | number> {
  return done(exporter.getSgTable(objectOf<O>(attach.dmabuf)));
}
