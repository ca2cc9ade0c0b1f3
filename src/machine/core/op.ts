// Machine operations: what simulated kernel code yields to the machine's loop.
// Kernel code is plain generators. Most operations finish at once and never yield (`done`): the
// machine runs a CPU ahead until something else is due, so a yield means the CPU really stops.

/** The CPU stops until a time or a grant (delay, cost, spinning). */
export const PAUSE = 0;
/** The current task sleeps (`schedule()` with a state other than TASK_RUNNING). */
export const SLEEP = 1;
/** The current task is preempted, or gives up the CPU and stays runnable. */
export const RESCHED = 2;
/** Something was pushed on the CPU's context stack (an interrupt was unmasked): look again. */
export const CHECK = 3;

export type AtomicOp = typeof PAUSE | typeof RESCHED | typeof CHECK;
export type Op = AtomicOp | typeof SLEEP;

/** Kernel code that may not sleep: callable from any context. */
export type Atomic<A = void> = Generator<AtomicOp, A, void>;
/** Kernel code that may sleep: task context only. */
export type Kernel<A = void> = Generator<Op, A, void>;

/** The result of a step that stops the CPU: the same object every time. */
const stops: readonly IteratorYieldResult<Op>[] = [
  { done: false, value: PAUSE },
  { done: false, value: SLEEP },
  { done: false, value: RESCHED },
  { done: false, value: CHECK },
];

/** One yield of an operation, for code that walks through it by `yield*`. */
class OneYield {
  private yielded = false;

  constructor(private readonly op: Op) {}

  next(): IteratorResult<Op, unknown> {
    if (this.yielded) {
      result.value = undefined;
      return result;
    }
    this.yielded = true;
    return stops[this.op];
  }
}

/** An operation that yields once: what a generator with a single `yield` is, at a lower price. */
export class Stop {
  constructor(readonly op: Op) {}

  [Symbol.iterator](): OneYield {
    return new OneYield(this.op);
  }
}

/**
 * One for each operation, so that the loop knows them by identity: generators have as many shapes
 * as there are generator functions, and `instanceof` would walk up the prototypes of each.
 */
export const stopPause = new Stop(PAUSE);
export const stopSleep = new Stop(SLEEP);
export const stopResched = new Stop(RESCHED);
export const stopCheck = new Stop(CHECK);
const stopOf = [stopPause, stopSleep, stopResched, stopCheck] as const;

/**
 * What code stops with: an operation, or, from code that scripts/eager has rewritten, what it calls
 * and waits for. The loop keeps those in a stack of its own: to resume a `yield*` ten calls deep
 * walks through ten generators, each time.
 */
export type Step = Op | Stop | Kernel<unknown>;

/** Yields `op`, then goes on. Hand it to `yield*` at once. */
export function stop(op: AtomicOp): Atomic<void>;
export function stop(op: Op): Kernel<void>;
export function stop(op: Op): Kernel<void> {
  return stopOf[op] as unknown as Kernel<void>;
}

/** What `finished` returns. Both are for scripts/eager, which tests for them instead of asking. */
export const result: { done: true; value: unknown } = { done: true, value: undefined };
export const finished: Kernel<never> = {
  [Symbol.iterator]() {
    return finished;
  },
  next() {
    return result;
  },
} as unknown as Kernel<never>;

/**
 * An operation that has already finished with `value`.
 * One shared object: hand it to `yield*` at once, never keep it.
 */
export function done(): Atomic<void>;
export function done<A>(value: A): Atomic<A>;
export function done(value?: unknown): Atomic<unknown> {
  result.value = value;
  return finished as Atomic<never>;
}
