// Arguments are checked before anything is done, what a program can bring about is no kernel
// warning, errors keep their codes, and the error state of XGS queues is as documented.

import { ECANCELED, EFAULT, EINVAL } from "../../../machine/errno.ts";
import { patch } from "../../patch.ts";
import { userGroup } from "../state.ts";
import { xgsFormat, xgsOp, xgsOpFlags, xgsSubmitFlags } from "../uapi.ts";
import { usubOverlay } from "../unit.ts";
import { busy } from "../xgs-types.ts";

const opsMax = 1024;

export const errors = patch({
  id: "user-submission/fix-09",
  title: "drm/panthor: Check arguments, and implement the error state of XGS queues",
  source: "corrects patches 2, 6 and 7 (USUB-22, USUB-24, USUB-25, USUB-26, USUB-27, USUB-30)",
  observable: "errors at submission instead of kernel warnings and failing jobs",
  overlay: usubOverlay((drv, prev) => ({
    usub: {
      storeEventfd(pfile, fd, store) {
        const ctx = drv().usub.eventfdCtx(pfile, fd);
        if (typeof ctx === "number") return ctx;
        store(ctx);
        return 0;
      },
      *copyQueuesBack(args, group, queues) {
        if (!userGroup(group).userSubmit) return 0;
        const ret = yield* prev.usub.copyQueuesBack(args, group, queues);
        if (ret !== -EFAULT) return ret;
        const { pfile, handle } = userGroup(group);
        yield* drv().sched.groupDestroy(pfile!, handle);
        return ret;
      },
      xgsUnknownQueue: () => -EINVAL,
      xgsCheckOps(_queue, ops) {
        if (ops.length > opsMax) return -EINVAL;
        for (const op of ops) {
          if (op.op > xgsOp.signalAdd || op.format > xgsFormat.u64) return -EINVAL;
          if ((op.flags & ~xgsOpFlags.inheritErrorWait) !== 0 || op.pad) return -EINVAL;
          if (op.addr % (op.format === xgsFormat.u64 ? 16 : 8) !== 0) return -EINVAL;
          if (op.format === xgsFormat.u32 && op.value > 0xffffffffn) return -EINVAL;
        }
        return 0;
      },
      xgsOpIsCompleted: (job, i) => job.completed.has(i),
      xgsOpComplete(job, i) {
        job.completed.add(i);
      },
      xgsWaitSatisfied(job, i, so) {
        const inherit = (job.ops[i].flags & xgsOpFlags.inheritErrorWait) !== 0;
        if (inherit && drv().usub.syncobjError(so) !== 0) job.queue.error = -ECANCELED;
      },
      xgsSignalError(job, error) {
        const { error: state } = job.queue;
        return error !== 0 ? error : state === 0 ? null : state;
      },
      xgsSignalFailed(job, error) {
        job.queue.error = error;
        return error;
      },
      *xgsJobTryRun(job) {
        const { queue, submitFlags } = job;
        const started = job.completed.size > 0;
        if (!started && (submitFlags & xgsSubmitFlags.errorBarrierPre) !== 0) queue.error = 0;
        const ret = yield* prev.usub.xgsJobTryRun(job);
        if (ret === busy) return ret;
        const result = ret !== 0 ? ret : queue.error;
        if ((submitFlags & xgsSubmitFlags.errorBarrierPost) !== 0) queue.error = 0;
        return result;
      },
      xgsRecheckError: (ret) => ret,
      syncobjMissing() {},
      syncwaitFailed() {},
    },
    sched: {
      *csSlotProgLocked(ptdev, csgId, csId) {
        const { group } = ptdev.scheduler.csgSlots[csgId];
        const { input, output } = group!.queues[csId]!.iface;
        // Backwards: nothing that the queue could run.
        if (userGroup(group!).userSubmit && input.insert < output.extract) {
          input.insert = output.extract;
        }
        yield* prev.sched.csSlotProgLocked(ptdev, csgId, csId);
      },
    },
  })),
});
