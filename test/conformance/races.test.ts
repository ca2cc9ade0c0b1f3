// The promised order against what can happen: two CPUs that are faster or slower beside the device
// meet it in other orders, which agree with each other in what is promised, and a driver that does
// something in a wrong order does not agree with them.

import * as Effect from "effect/Effect";
import { isRight } from "effect/Either";
import { describe, expect, it } from "vitest";
import { type Agreement, compare, comparePromised } from "../../src/conformance/compare.ts";
import { type Aspect, aspects, project } from "../../src/conformance/project.ts";
import { projectPromised, type PromisedProjection } from "../../src/conformance/promised.ts";
import { hostClock, type Profile } from "../../src/device/profile/index.ts";
import type { Overlay } from "../../src/driver/driver.ts";
import { AS_COMMAND } from "../../src/driver/mmu/regs.ts";
import { listEntriesSafe } from "../../src/driver/sched/list.ts";
import { replay } from "../../src/replay/replay.ts";
import { catalog } from "../../src/revision/catalog.ts";
import { overlay, patch } from "../../src/revision/patch.ts";
import { parseRevision } from "../../src/revision/revision.ts";
import { recorderEvents, type StreamEvent } from "../../src/timeline/event-stream.ts";
import { parseTrace } from "../../src/trace/parse.ts";

const jobs = parseTrace(
  `
version: 1
name: races
description: Jobs of two groups on two queues each, a mapping while they run, a job that faults.
streams:
  work: |
    run 100us
  bad: |
    fatal cs 0x40
setup:
  - |
    app-1 +0: plug:
    app-1 +200ms: open:
    app-1 +0: vm_create: vm=vm
    app-1 +0: bo_create: bo=bo size=64KiB vm=vm
    app-1 +0: bo_write: bo=bo stream=work
    app-1 +0: bo_write: bo=bo offset=0x200 stream=bad
    app-1 +0: vm_bind: vm=vm op=map bo=bo va=0x1000000 size=64KiB
    app-1 +0: group_create: group=g vm=vm queue={} queue={}
    app-1 +0: group_create: group=h vm=vm queue={} queue={}
    app-1 +0: syncobj_create: sync=a
    app-1 +0: syncobj_create: sync=b
events:
  - repeat:
      count: 4
      from: 1
      events:
        - |
          app-1 +0: group_submit: group=g stream=work signal=a:$i
          app-1 +0: group_submit: group=g queue=1 stream=work
          app-1 +0: group_submit: group=h stream=work signal=b:$i
          app-1 +0: vm_bind: vm=vm op=map bo=bo va=0x2000000 size=64KiB
  - |
    app-1 +0: syncobj_timeline_wait: sync=a:4,b:4 all timeout=2s
    app-1 +0: group_submit: group=g queue=1 stream=work signal=b:5
    app-1 +0: group_submit: group=g stream=bad signal=a:5
    app-1 +0: syncobj_timeline_wait: sync=a:5,b:5 all timeout=20s
`,
  "races.yaml",
);
const recycling = parseTrace(
  `
version: 1
name: recycling
description: Groups that are created while a worker releases those before them.
streams:
  work: |
    run 100us
setup:
  - |
    app-1 +0: plug:
    app-1 +200ms: open:
    app-1 +0: vm_create: vm=vm
    app-1 +0: bo_create: bo=bo size=64KiB vm=vm
    app-1 +0: bo_write: bo=bo stream=work
    app-1 +0: vm_bind: vm=vm op=map bo=bo va=0x1000000 size=64KiB
    app-1 +0: group_create: group=g0 vm=vm queue={} queue={ring=16KiB}
    app-1 +0: syncobj_create: sync=s
events:
  - repeat:
      count: 12
      from: 1
      events:
        - |
          app-1 +0: group_submit: group=g$(i-1) stream=work signal=s:$i
          app-1 +0: syncobj_timeline_wait: sync=s:$i timeout=10s
          app-1 +0: group_destroy: group=g$(i-1)
          app-1 +0: group_create: group=g$i vm=vm queue={} queue={ring=16KiB}
  - |
    app-1 +0: sleep: for=50ms
`,
  "recycling.yaml",
);
const base = Effect.runSync(parseRevision("linux-7.3", catalog));

/** The host's CPUs, taking `factor` times as long for everything. */
function paced(factor: number): Profile {
  const costs = Object.fromEntries(
    Object.entries(hostClock.costs).map(([what, ns]) => [
      what,
      Math.round((ns as number) * factor),
    ]),
  );
  return { ...hostClock, costs: costs as unknown as Profile["costs"] };
}

function events(
  factor: number,
  mistake: Overlay | null = null,
  parsed = jobs,
): Generator<StreamEvent> {
  if (!isRight(parsed)) throw parsed.left;
  const revision =
    mistake === null
      ? base
      : {
          ...base,
          patches: [
            ...base.patches,
            patch({ id: "test/order", title: "a wrong order", source: "test", overlay: mistake }),
          ],
        };
  const trace = parsed.right;
  const { rec, from, to } = replay({ trace, revision, profile: paced(factor), cpus: 2 });
  return recorderEvents(rec, from, to);
}

function promised(factor: number, mistake: Overlay | null = null): PromisedProjection {
  return projectPromised(events(factor, mistake));
}

/** Aspects in which two replays differ. */
function differing({ first }: Agreement): Aspect[] {
  return aspects.filter((aspect) => first[aspect] !== null);
}

const recorded = promised(1);

describe("promised order", () => {
  it.each([0.1, 0.4, 0.7, 1.6, 3, 5])("holds whatever races decide (CPUs %d)", (factor) => {
    const { first } = comparePromised(recorded, promised(factor));
    for (const aspect of aspects) expect([aspect, first[aspect]]).toEqual([aspect, null]);
  });

  it("holds whatever addresses are free when a group is created", () => {
    const regions = new Set<string>();
    const runs = [0.4, 1, 3, 10].map((factor) => {
      const all = [...events(factor, null, recycling)];
      const locked = all.filter(
        (e) => e.name === "mmio_write" && e.str("reg").includes("LOCKADDR"),
      );
      regions.add([...new Set(locked.map((e) => e.num("val")))].sort((a, b) => a - b).join());
      return projectPromised(all);
    });
    expect(regions.size).toBeGreaterThan(1);
    for (const run of runs) expect(comparePromised(runs[0], run).first.registers).toBeNull();
  });

  it("does not hold for lack of other orders", () => {
    expect(differing(compare(project(events(1)), project(events(3)))).length).toBeGreaterThan(2);
  });

  const mistakes: readonly (readonly [string, Aspect, Overlay])[] = [
    [
      "an AS command that is not waited for",
      "registers",
      overlay((final) => ({
        mmu: {
          *asSendCmdAndWait(_ptdev, asNr, cmd) {
            yield* final().mmio.write32(AS_COMMAND(asNr), cmd);
            return 0;
          },
        },
      })),
    ],
    [
      "the newest fence signals first",
      "fences",
      overlay((_, prev) => ({
        sched: {
          *queueCheckJobCompletion(queue) {
            const jobs = [...listEntriesSafe(queue.fenceCtx.inFlightJobs)];
            const last = jobs.at(-1)?.doneFence;
            if (jobs.length > 1 && last) yield* last.signal();
            return yield* prev.sched.queueCheckJobCompletion(queue);
          },
        },
      })),
    ],
    [
      "fences that signal in the event work",
      "contexts",
      overlay((final, prev) => ({
        sched: {
          *processFwEventsWork(sched) {
            yield* prev.sched.processFwEventsWork(sched);
            for (const { group } of sched.csgSlots) {
              if (group !== null) yield* final().sched.groupCheckJobCompletion(group);
            }
          },
        },
      })),
    ],
  ];

  it.each(mistakes)("does not hold with %s", (_what, aspect, mistake) => {
    expect(differing(comparePromised(recorded, promised(1, mistake)))).toContain(aspect);
  });
});
