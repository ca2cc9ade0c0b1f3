// drm_exec: locks a set of GEM objects, starting over when an older context is in the way.
// Kernel: drivers/gpu/drm/drm_exec.c. `untilAllLocked` is drm_exec_until_all_locked().

import { done, type Kernel } from "../core/op.ts";
import { EALREADY, EDEADLK, ENOMEM } from "../errno.ts";
import type { Allocations } from "../memory/fail-nth.ts";
import type { Fences } from "./fences.ts";
import type { DmaResv } from "./resv.ts";
import type { WwAcquireCtx, WwClass } from "./ww-mutex.ts";

/** What drm_exec needs of a struct drm_gem_object. */
export interface ExecObject {
  readonly resv: DmaResv;
  get(): unknown;
  put(): Kernel;
}

export interface DrmExecOptions {
  /** DRM_EXEC_INTERRUPTIBLE_WAIT. */
  readonly interruptible?: boolean;
  /** DRM_EXEC_IGNORE_DUPLICATES: locking an object twice is no error. */
  readonly ignoreDuplicates?: boolean;
}

/** PAGE_SIZE / sizeof(void *): the table of objects grows by so many. */
const objectsPerPage = 512;

/** struct drm_exec. */
export class DrmExec {
  private readonly objects: ExecObject[] = [];
  private contended: ExecObject | null = null;
  private prelocked: ExecObject | null = null;
  private ticket: WwAcquireCtx | null = null;
  private readonly wwClass: WwClass;
  private readonly memory: Allocations;
  /** Room in the table of objects. */
  private maxObjects: number;

  /** drm_exec_init(): a table that cannot be allocated is tried again at the first object. */
  constructor(
    fences: Fences,
    private readonly options: DrmExecOptions = {},
  ) {
    this.wwClass = fences.reservationClass;
    this.memory = fences.memory;
    this.maxObjects = this.memory.failsNow() ? 0 : objectsPerPage;
  }

  /** drm_exec_fini(): unlocks everything. */
  *fini(): Kernel {
    yield* this.unlockAll();
    if (this.contended !== null) yield* this.contended.put();
    this.contended = null;
    this.ticket?.fini();
    this.ticket = null;
  }

  /**
   * drm_exec_until_all_locked() { body; drm_exec_retry_on_contention() }: runs `body` until it ends
   * without contention and returns its result. `body` locks through this object and returns the
   * first error; -EDEADLK with a contended object starts over.
   */
  *untilAllLocked(body: () => Kernel<number>): Kernel<number> {
    let ret = 0;
    while (yield* this.cleanup()) {
      ret = yield* body();
      if (ret !== 0 && this.contended === null) return ret;
    }
    return ret;
  }

  /** drm_exec_is_contended(). */
  get isContended(): boolean {
    return this.contended !== null;
  }

  /** drm_exec_cleanup(): true if the locking loop has to be entered (again). */
  *cleanup(): Kernel<boolean> {
    if (this.ticket === null) {
      this.ticket = this.wwClass.acquireInit();
      return true;
    }
    if (this.contended === null) {
      yield* this.dropPrelocked();
      this.ticket.done();
      return false;
    }
    yield* this.unlockAll();
    return true;
  }

  /** drm_exec_lock_obj(): 0, -EDEADLK (contended), -EALREADY, -ENOMEM or -EINTR. */
  *lockObj(obj: ExecObject): Kernel<number> {
    const ret = yield* this.lockContended();
    if (ret !== 0) return ret;
    if (this.prelocked === obj) {
      yield* obj.put();
      this.prelocked = null;
    } else {
      const locked = yield* this.options.interruptible === true
        ? obj.resv.lockInterruptible(this.ticket)
        : obj.resv.lock(this.ticket);
      if (locked === -EDEADLK) {
        obj.get();
        this.contended = obj;
        return locked;
      }
      if (locked === -EALREADY && this.options.ignoreDuplicates === true) return 0;
      if (locked !== 0) return locked;
    }
    if (this.objects.length === this.maxObjects && this.memory.failsNow()) {
      yield* obj.resv.unlock();
      return -ENOMEM;
    }
    if (this.objects.length === this.maxObjects) this.maxObjects += objectsPerPage;
    obj.get();
    this.objects.push(obj);
    return 0;
  }

  /** drm_exec_unlock_obj(). */
  *unlockObj(obj: ExecObject): Kernel {
    const i = this.objects.lastIndexOf(obj);
    if (i < 0) return;
    yield* obj.resv.unlock();
    this.objects.splice(i, 1);
    yield* obj.put();
  }

  /** drm_exec_prepare_obj(): locks and reserves fence slots. */
  *prepareObj(obj: ExecObject, numFences: number): Kernel<number> {
    const ret = yield* this.lockObj(obj);
    if (ret !== 0) return ret;
    const reserved = yield* obj.resv.reserveFences(numFences);
    if (reserved !== 0) yield* this.unlockObj(obj);
    return reserved;
  }

  /** drm_exec_prepare_array(). */
  *prepareArray(objects: readonly ExecObject[], numFences: number): Kernel<number> {
    if (objects.length === 0) return yield* this.lockContended();
    for (const obj of objects) {
      const ret = yield* this.prepareObj(obj, numFences);
      if (ret !== 0) return ret;
    }
    return 0;
  }

  /** drm_exec_for_each_locked_object(). */
  lockedObjects(): readonly ExecObject[] {
    return this.objects;
  }

  /** drm_exec_lock_contended(): takes the lock that was in the way first of all. */
  private lockContended(): Kernel<number> {
    return this.contended === null ? done(0) : this.lockFirst(this.contended);
  }

  private *lockFirst(obj: ExecObject): Kernel<number> {
    this.contended = null;
    if (this.options.interruptible === true) {
      const ret = yield* obj.resv.lockInterruptible(this.ticket);
      if (ret !== 0) {
        yield* obj.put();
        return ret;
      }
    } else yield* obj.resv.lockSlow(this.ticket!);
    yield* this.dropPrelocked();
    this.prelocked = obj;
    return 0;
  }

  private dropPrelocked(): Kernel {
    return this.prelocked === null ? done() : this.dropObject(this.prelocked);
  }

  private *dropObject(obj: ExecObject): Kernel {
    yield* obj.resv.unlock();
    this.prelocked = null;
    yield* obj.put();
  }

  private *unlockAll(): Kernel {
    for (let i = this.objects.length - 1; i >= 0; i--) {
      const obj = this.objects[i];
      yield* obj.resv.unlock();
      yield* obj.put();
    }
    this.objects.length = 0;
    yield* this.dropPrelocked();
  }
}
