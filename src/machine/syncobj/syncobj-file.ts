// Sync object handles of an open DRM file, and looking up fences by handle.
// Kernel: drivers/gpu/drm/drm_syncobj.c (drm_syncobj_find, _find_fence, _open, _release).

import type { Atomic, Kernel } from "../core/op.ts";
import type { DmaFence } from "../dma-fence/fence.ts";
import { EFAULT, EINVAL, ENOENT, ENOMEM, ERESTARTSYS, ETIME } from "../errno.ts";
import { unreadable } from "./user-array.ts";
import { mightSleep } from "../lock/might-sleep.ts";
import { SpinLock } from "../lock/spinlock.ts";
import { XaNodes, xaNodeFails } from "../memory/xarray.ts";
import { scheduleTimeout } from "../wait/schedule.ts";
import { FdTable } from "./fd-table.ts";
import { waitForSubmit } from "./flags.ts";
import { Syncobj, type SyncobjKernel, WaitEntry } from "./syncobj.ts";

/** DRM_SYNCOBJ_WAIT_FOR_SUBMIT_TIMEOUT. */
const waitForSubmitSeconds = 5;

/** The sync object part of a struct drm_file. The constructor is drm_syncobj_open(). */
export class SyncobjFile {
  /** syncobj_xa: index 0 stays empty. */
  private readonly handles: (Syncobj | null)[] = [null];
  /** XA_FLAGS_ALLOC1. */
  private readonly nodes = new XaNodes(true);
  /** No handle below it is free. */
  private lowestFree = 1;
  private readonly xaLock: SpinLock;

  constructor(
    readonly kernel: SyncobjKernel,
    /** Descriptors of the process that has the file open. */
    readonly fds: FdTable = new FdTable(),
  ) {
    this.xaLock = new SpinLock(kernel.m, "syncobj_xa");
  }

  /** drm_syncobj_release(): when the file is closed. */
  *release(): Atomic {
    for (let i = 1; i < this.handles.length; i++) {
      const syncobj = this.handles[i];
      if (syncobj === null) continue;
      this.handles[i] = null;
      yield* syncobj.put();
    }
  }

  /** drm_syncobj_find(): with a reference, null if there is no such handle. */
  *find(handle: number): Atomic<Syncobj | null> {
    yield* this.xaLock.lock();
    const syncobj = this.handles[handle]?.get() ?? null;
    yield* this.xaLock.unlock();
    return syncobj;
  }

  /** For observers: the object of a handle, without a reference. */
  peek(handle: number): Syncobj | null {
    return this.handles[handle] ?? null;
  }

  /** drm_syncobj_get_handle(): the lowest free handle, or -ENOMEM; takes its own reference. */
  *getHandle(syncobj: Syncobj): Atomic<number> {
    const { handles } = this;
    const { memory } = this.kernel.fences;
    syncobj.get();
    yield* this.xaLock.lock();
    let handle = this.lowestFree;
    while (handle < handles.length && handles[handle] !== null) handle++;
    const ret = this.nodes.insert(handle, () => xaNodeFails(memory));
    if (ret === 0) {
      handles[handle] = syncobj;
      this.lowestFree = handle + 1;
    }
    yield* this.xaLock.unlock();
    if (ret === 0) return handle;
    yield* syncobj.put();
    return ret;
  }

  /** drm_syncobj_destroy(): 0 or -EINVAL. */
  *destroy(handle: number): Atomic<number> {
    yield* this.xaLock.lock();
    const syncobj = this.handles[handle] ?? null;
    if (syncobj !== null) {
      this.handles[handle] = null;
      this.nodes.erase(handle);
      if (handle < this.lowestFree) this.lowestFree = handle;
    }
    yield* this.xaLock.unlock();
    if (syncobj === null) return -EINVAL;
    yield* syncobj.put();
    return 0;
  }

  /** drm_syncobj_create_as_handle(): the handle, or a negative errno. */
  *createAsHandle(flags: number): Atomic<number> {
    const syncobj = yield* Syncobj.create(this.kernel, flags, null);
    if (typeof syncobj === "number") return syncobj;
    const handle = yield* this.getHandle(syncobj);
    yield* syncobj.put();
    return handle;
  }

  /** drm_syncobj_array_find(): references to all of them, or a negative errno. */
  *findAll(handles: readonly number[]): Atomic<Syncobj[] | number> {
    const { memory } = this.kernel.fences;
    // The copy of the handles, and the objects.
    if (memory.failsNow()) return -ENOMEM;
    if (handles === unreadable) return -EFAULT;
    if (memory.failsNow()) return -ENOMEM;
    const found: Syncobj[] = [];
    for (const handle of handles) {
      const syncobj = yield* this.find(handle);
      if (syncobj === null) {
        for (const other of found.reverse()) yield* other.put();
        return -ENOENT;
      }
      found.push(syncobj);
    }
    return found;
  }
}

/** drm_syncobj_array_free(). */
export function* putAll(syncobjs: readonly Syncobj[]): Atomic {
  for (const syncobj of syncobjs) yield* syncobj.put();
}

/**
 * drm_syncobj_find_fence(): a reference to the fence of a handle and point, or a negative errno.
 * With `waitForSubmit` it sleeps until there is one, for up to 5 s.
 */
export function* findFence(
  file: SyncobjFile,
  handle: number,
  point: number,
  flags = 0,
): Kernel<DmaFence | number> {
  const syncobj = yield* file.find(handle);
  if (syncobj === null) return -ENOENT;
  let found: DmaFence | number = -EINVAL;
  if ((flags & ~waitForSubmit) === 0) {
    if (flags !== 0) assertMayWaitForUser(file, "drm_syncobj_find_fence");
    const fence = yield* syncobj.fenceOfPoint(point);
    if (fence !== null) found = fence;
    else if (flags !== 0) found = yield* waitForFence(file, syncobj, point);
  }
  yield* syncobj.put();
  return found;
}

/** The sleep of drm_syncobj_find_fence(). */
function* waitForFence(
  file: SyncobjFile,
  syncobj: Syncobj,
  point: number,
): Kernel<DmaFence | number> {
  const { m } = file.kernel;
  const task = m.current!;
  const entry = new WaitEntry(m, task, point);
  const reason = { what: "submission of a syncobj fence" };
  let timeout = waitForSubmitSeconds * m.hz;
  let ret = 0;
  yield* syncobj.addWait(entry);
  for (;;) {
    m.setState("S", reason);
    if (entry.fence !== null) break;
    if (timeout === 0) ret = -ETIME;
    else if (task.signalPending) ret = -ERESTARTSYS;
    if (ret !== 0) break;
    timeout = yield* scheduleTimeout(m, timeout);
  }
  m.setState("R");
  const { fence } = entry;
  yield* syncobj.removeWait(entry);
  return fence ?? ret;
}

/** might_sleep() and lockdep_assert_none_held_once(): user space must never be waited for. */
export function assertMayWaitForUser(file: SyncobjFile, where: string): void {
  const { m } = file.kernel;
  mightSleep(m, where);
  if (m.lockdep !== null && m.ctx !== null && m.ctx.heldLocks.length > 0) {
    m.rec.log("warn", `WARNING: ${where}() while holding ${m.ctx.heldLocks[0].name}`);
  }
}
