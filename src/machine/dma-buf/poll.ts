// Waiting for a buffer's fences with poll(). Kernel: drivers/dma-buf/dma-buf.c (dma_buf_poll,
// dma_buf_poll_add_cb, dma_buf_poll_cb).

import type { Atomic, Kernel } from "../core/op.ts";
import { FenceCb } from "../dma-fence/fence-ops.ts";
import type { DmaFence } from "../dma-fence/fence.ts";
import { usageRw } from "../dma-fence/resv.ts";
import { WaitQueue } from "../wait/wait-queue.ts";
import type { DmaBuf } from "./dma-buf.ts";

/** struct dma_buf_poll_cb_t: waits for one fence at a time, for all who poll. */
class PollCb extends FenceCb {
  active = false;

  constructor(
    readonly queue: WaitQueue,
    readonly dmabuf: DmaBuf,
  ) {
    super(signalled);
  }
}

/** dma_buf_poll_cb(), of a fence. */
function* signalled(fence: DmaFence, cb: FenceCb): Atomic {
  const poll = cb as PollCb;
  poll.active = false;
  yield* poll.queue.wakeUpAll();
  yield* fence.put();
  yield* poll.dmabuf.put();
}

export class DmaBufPoll {
  private readonly queue: WaitQueue;
  /** cb_in, cb_out. */
  private readonly callbacks: Readonly<Record<"in" | "out", PollCb>>;

  constructor(private readonly dmabuf: DmaBuf) {
    this.queue = new WaitQueue(dmabuf.linux.m, "dma_buf.poll");
    this.callbacks = {
      in: new PollCb(this.queue, dmabuf),
      out: new PollCb(this.queue, dmabuf),
    };
  }

  /** poll(): sleeps until the event or `timeout` jiffies; 1, 0 on timeout or -ERESTARTSYS. */
  *wait(write: boolean, timeout: number): Kernel<number> {
    const cb = this.callbacks[write ? "out" : "in"];
    let left = timeout;
    for (;;) {
      if (yield* this.ready(write, cb)) return 1;
      if (left === 0) return 0;
      left = yield* this.queue.waitEventInterruptibleTimeout(() => !cb.active, left);
      if (left < 0) return left;
    }
  }

  /** dma_buf_poll(): true if nothing is left to wait for; otherwise a callback is under way. */
  private *ready(write: boolean, cb: PollCb): Kernel<boolean> {
    const { resv } = this.dmabuf;
    yield* resv.lock();
    let ready = false;
    if (!cb.active) {
      cb.active = true;
      this.dmabuf.get();
      ready = !(yield* this.addCb(write, cb));
      if (ready) {
        cb.active = false;
        yield* this.queue.wakeUpAll();
        yield* this.dmabuf.put();
      }
    }
    yield* resv.unlock();
    return ready;
  }

  /** dma_buf_poll_add_cb(): on the first fence that has not signalled. */
  private *addCb(write: boolean, cb: PollCb): Kernel<boolean> {
    for (const fence of this.dmabuf.resv.fences(usageRw(write))) {
      fence.get();
      if ((yield* fence.addCallback(cb)) === 0) return true;
      yield* fence.put();
    }
    return false;
  }
}
