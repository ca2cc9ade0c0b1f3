// A job with an empty stream returned no fence at all, so it was done before the jobs in front of
// it. Kernel: panthor_sched.c before "drm/panthor: Fix sync-only jobs".

import { done } from "../../machine/core/op.ts";
import { overlay } from "../patch.ts";
import { regression } from "./regression.ts";

export const emptyStreamNullFence = regression({
  id: "empty-stream-null-fence",
  title: "An empty stream does not wait for earlier jobs",
  fix: "7b6f9ec6ad51 drm/panthor: Fix sync-only jobs",
  effect: "the fence of an empty job signals while earlier jobs of its queue still run",
  trace: "03d-empty-stream",
  catches: [{ by: "difference", section: "fences", kind: "moved", of: /earlier/ }],
  overlay: overlay((_, prev) => ({
    sched: {
      queueRunJob: (job) => (job.callInfo.size === 0 ? done(null) : prev.sched.queueRunJob(job)),
    },
  })),
});
