// The fence of an XGS job is published when nothing of it depends on user space any more: when its
// waits are over. Until then a sync object has no fence for it (who wants to can wait for that), and
// no reservation has one. A variant: the rule of the kernel's text on indefinite fences.

import type { Syncobj } from "../../../machine/syncobj/syncobj.ts";
import { patch } from "../../patch.ts";
import { usubOverlay } from "../unit.ts";
import type { XgsJob } from "../xgs-types.ts";

interface Promised {
  readonly syncobj: Syncobj;
  readonly point: number;
}

export const lateFences = patch({
  id: "user-submission/fix-13",
  title: "drm/panthor: Publish the fence of an XGS job when its waits are over",
  source: "corrects patch 6 (USUB-31, USUB-32); the rule Christian Koenig points to",
  observable: "no fence in sync objects and reservations before an XGS job ends",
  overlay: usubOverlay((drv, prev) => {
    const promised = new Map<XgsJob, Promised[]>();
    return {
      usub: {
        *xgsSubmit(file, queue, args, ops) {
          const { drv: front, usub } = drv();
          const ctx = front.submitCtxInit<XgsJob>(file);
          if (typeof ctx === "number") return ctx;
          const job = usub.xgsJobCreate(queue, args, ops, file.clientId);
          let ret = typeof job === "number" ? job : front.submitCtxAddJob(ctx, job, args.syncs);
          if (ret === 0) ret = yield* usub.xgsJobPrepare(job as XgsJob);
          if (ret === 0) ret = yield* front.submitCtxCollectJobsSignalOps(ctx);
          if (ret === 0) ret = yield* front.submitCtxAddDepsAndArmJobs(ctx);
          if (ret === 0) {
            const list = ctx.signals.map(({ syncobj, point }) => {
              syncobj!.get();
              return { syncobj: syncobj!, point };
            });
            promised.set(job as XgsJob, list);
            ctx.jobs[0].job = null;
            yield* (job as XgsJob).push();
          }
          yield* front.submitCtxCleanup(ctx, (j) => usub.xgsJobPut(j));
          return ret;
        },
        *xgsJobSettled(job) {
          yield* prev.usub.xgsJobSettled(job);
          const list = promised.get(job) ?? [];
          promised.delete(job);
          for (const { syncobj, point } of list) {
            const fence = job.sFence!.finished;
            if (point > 0) yield* syncobj.addPoint(fence, point);
            else yield* syncobj.replaceFence(fence);
            yield* syncobj.put();
          }
        },
        *xgsJobUnprepare(job) {
          for (const { syncobj } of promised.get(job) ?? []) yield* syncobj.put();
          promised.delete(job);
          yield* prev.usub.xgsJobUnprepare(job);
        },
      },
    };
  }),
});
