// Small traces, and the checks that flag a driver with one operation replaced on them.

import * as Effect from "effect/Effect";
import { isRight } from "effect/Either";
import { zeroCost } from "../../src/device/profile/index.ts";
import type { Overlay } from "../../src/driver/driver.ts";
import { replay } from "../../src/replay/replay.ts";
import { catalog } from "../../src/revision/catalog.ts";
import { patch } from "../../src/revision/patch.ts";
import { parseRevision, type Revision } from "../../src/revision/revision.ts";
import { parseTrace } from "../../src/trace/parse.ts";

const text = `
version: 1
name: one-job
description: A job, mappings while its VM has an address space, a pause in which the device sleeps.
streams:
  work: |
    run 100us
events:
  - |
    app-1 +0: plug:
    app-1 +200ms: open:
    app-1 +0: vm_create: vm=vm
    app-1 +0: bo_create: bo=bo size=64KiB vm=vm
    app-1 +0: bo_write: bo=bo stream=work
    app-1 +0: vm_bind: vm=vm op=map bo=bo va=0x1000000 size=64KiB
    app-1 +0: group_create: group=g vm=vm queue={}
    app-1 +0: syncobj_create: sync=s
    app-1 +0: group_submit: group=g stream=work signal=s
    app-1 +0: syncobj_wait: sync=s timeout=1s ret=any
    app-1 +0: vm_bind: vm=vm op=map bo=bo va=0x2000000 size=64KiB
    app-1 +0: vm_bind: vm=vm op=unmap va=0x2000000 size=64KiB
    app-1 +300ms: dev_query: type=gpu_info
    app-1 +0: group_destroy: group=g
    app-1 +20ms: vm_destroy: vm=vm
`;
const trace = parseTrace(text, "one-job.yaml");
/** A job that need not wait for the one before it. */
export const twoJobs = parseTrace(
  text
    .replace(
      "    app-1 +0: syncobj_wait",
      "    app-1 +0: group_submit: group=g stream=work\n    app-1 +0: syncobj_wait",
    )
    .replace("timeout=1s", "timeout=40s"),
  "two-jobs.yaml",
);
/** One group waits for a sync object for 20 s, as it may; the job of the other takes 12 s. */
export const besideAWait = parseTrace(
  `
version: 1
name: beside-a-wait
description: A job that must be killed beside a group that waits.
streams:
  slow: |
    run 12s
  wait: |
    move48 d0, 0x2000000
    move48 d2, 0
    sync_wait64 gt, d0, d2
  set: |
    move48 d0, 0x2000000
    move48 d2, 1
    sync_set64 d0, d2
events:
  - |
    app-1 +0: plug:
    app-1 +200ms: open:
    app-1 +0: vm_create: vm=vm
    app-1 +0: bo_create: bo=bo size=64KiB vm=vm
    app-1 +0: bo_write: bo=bo stream=slow
    app-1 +0: bo_write: bo=bo offset=0x200 stream=wait
    app-1 +0: bo_write: bo=bo offset=0x400 stream=set
    app-1 +0: vm_bind: vm=vm op=map bo=bo va=0x1000000 size=64KiB
    app-1 +0: bo_create: bo=sync size=4KiB vm=vm
    app-1 +0: vm_bind: vm=vm op=map bo=sync va=0x2000000 size=4KiB
    app-1 +0: group_create: group=waits vm=vm queue={}
    app-1 +0: group_create: group=hangs vm=vm queue={}
    app-1 +0: group_create: group=sets vm=vm queue={}
    app-1 +0: syncobj_create: sync=w
    app-1 +0: syncobj_create: sync=h
    app-1 +0: group_submit: group=waits stream=wait signal=w
    app-1 +0: group_submit: group=hangs stream=slow signal=h
    app-1 +20s: group_submit: group=sets stream=set
    app-1 +0: syncobj_wait: sync=w,h all timeout=40s
`,
  "beside-a-wait.yaml",
);
/** A group is given up while its job has 4 s to go. */
export const givenUp = parseTrace(
  `
version: 1
name: given-up
description: A group is destroyed while its job runs.
streams:
  slow: |
    run 4s
events:
  - |
    app-1 +0: plug:
    app-1 +200ms: open:
    app-1 +0: vm_create: vm=vm
    app-1 +0: bo_create: bo=bo size=64KiB vm=vm
    app-1 +0: bo_write: bo=bo stream=slow
    app-1 +0: vm_bind: vm=vm op=map bo=bo va=0x1000000 size=64KiB
    app-1 +0: group_create: group=g vm=vm queue={}
    app-1 +0: group_submit: group=g stream=slow
    app-1 +10ms: group_destroy: group=g
    app-1 +6s: dev_query: type=gpu_info
`,
  "given-up.yaml",
);
/** A bind that nobody waits for. */
export const asyncBind = parseTrace(
  `
version: 1
name: async-bind
description: A mapping in the background.
events:
  - |
    app-1 +0: plug:
    app-1 +200ms: open:
    app-1 +0: vm_create: vm=vm
    app-1 +0: bo_create: bo=bo size=64KiB vm=vm
    app-1 +0: vm_bind: vm=vm op=map async bo=bo va=0x1000000 size=64KiB
    app-1 +20s: dev_query: type=gpu_info
`,
  "async-bind.yaml",
);
const base = Effect.runSync(parseRevision("linux-7.3", catalog));

/** Names of the checks that flag a driver with this overlay. */
export function flags(mutation: Overlay | null, of = trace): string[] {
  if (!isRight(of)) throw of.left;
  const mutant: Revision =
    mutation === null
      ? base
      : {
          ...base,
          patches: [
            ...base.patches,
            patch({
              id: "test/mutant",
              title: "a mistake",
              source: "test",
              overlay: mutation,
            }),
          ],
        };
  const { findings } = replay({ trace: of.right, revision: mutant, profile: zeroCost });
  return [...new Set(findings.map(({ check }) => check))];
}
