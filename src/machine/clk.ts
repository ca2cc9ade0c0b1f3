// A clock of the common clock framework: drivers/clk/clk.c, prepare and enable counts only.

import { K } from "../timeline/kinds.ts";
import type { Machine } from "./core/machine.ts";
import type { Kernel } from "./core/op.ts";
import { Mutex } from "./lock/mutex.ts";
import { SpinLock } from "./lock/spinlock.ts";

/** Locks of the framework, shared by all clocks. */
export class ClkCore {
  /** prepare_lock. */
  readonly prepareLock: Mutex;
  /** enable_lock. */
  readonly enableLock: SpinLock;

  constructor(readonly m: Machine) {
    this.prepareLock = new Mutex(m, "prepare_lock");
    this.enableLock = new SpinLock(m, "enable_lock");
  }
}

/** struct clk. */
export class Clk {
  prepareCount = 0;
  enableCount = 0;

  constructor(
    private readonly core: ClkCore,
    readonly name: string,
    private hz: number,
    /** What clk_prepare_enable() fails with, when it shall fail. */
    public failWith = 0,
  ) {}

  /** clk_get_rate(), Hz. */
  get rate(): number {
    return this.hz;
  }

  /** clk_set_rate(). */
  *setRate(hz: number): Kernel {
    const { m, prepareLock } = this.core;
    yield* prepareLock.lock();
    this.hz = hz;
    m.rec.emit(K.clk_set_rate, m.rec.str(this.name), hz);
    yield* prepareLock.unlock();
  }

  /** clk_prepare_enable(). */
  *prepareEnable(): Kernel<number> {
    if (this.failWith !== 0) return this.failWith;
    const { m, prepareLock, enableLock } = this.core;
    yield* prepareLock.lock();
    this.prepareCount++;
    yield* prepareLock.unlock();
    yield* enableLock.lockIrqsave();
    if (this.enableCount++ === 0) m.rec.emit(K.clk_enable, m.rec.str(this.name));
    yield* enableLock.unlockIrqrestore();
    return 0;
  }

  /** clk_disable_unprepare(). */
  *disableUnprepare(): Kernel {
    const { m, prepareLock, enableLock } = this.core;
    yield* enableLock.lockIrqsave();
    if (this.enableCount === 0) m.rec.log("warn", `${this.name} already disabled`);
    else if (--this.enableCount === 0) m.rec.emit(K.clk_disable, m.rec.str(this.name));
    yield* enableLock.unlockIrqrestore();
    yield* prepareLock.lock();
    if (this.prepareCount === 0) m.rec.log("warn", `${this.name} already unprepared`);
    else this.prepareCount--;
    yield* prepareLock.unlock();
  }
}
