// eventfd: fs/eventfd.c. A 64-bit counter that kernel code signals and user tasks read or poll.

import type { Machine } from "./core/machine.ts";
import type { Atomic, Kernel } from "./core/op.ts";
import { EAGAIN } from "./errno.ts";
import { WaitQueue } from "./wait/wait-queue.ts";

const counterMax = 2n ** 64n - 1n;

/** struct eventfd_ctx. */
export class Eventfd {
  private counter: bigint;
  readonly waitQueue: WaitQueue;

  constructor(
    m: Machine,
    readonly name: string,
    options: { readonly initial?: bigint; readonly semaphore?: boolean } = {},
  ) {
    this.counter = options.initial ?? 0n;
    this.semaphore = options.semaphore ?? false;
    this.waitQueue = new WaitQueue(m, `eventfd ${name}`);
  }
  private readonly semaphore: boolean;

  /** The counter's value, without reading it away. */
  get value(): bigint {
    return this.counter;
  }

  /** eventfd_signal(): adds one and wakes readers. */
  *signal(): Atomic {
    if (this.counter < counterMax) this.counter++;
    yield* this.waitQueue.wakeUp();
  }

  /** read(): the counter, which it resets (a semaphore: 1, counted down); sleeps while it is 0. */
  *read(): Kernel<bigint> {
    yield* this.waitQueue.waitEvent(() => this.counter > 0n, { what: `eventfd ${this.name}` });
    return this.take();
  }

  /** read() with O_NONBLOCK: -EAGAIN while the counter is 0. */
  tryRead(): bigint {
    return this.counter === 0n ? BigInt(-EAGAIN) : this.take();
  }

  private take(): bigint {
    const value = this.semaphore ? 1n : this.counter;
    this.counter -= value;
    return value;
  }

  /** poll(POLLIN). */
  get readable(): boolean {
    return this.counter > 0n;
  }
}
