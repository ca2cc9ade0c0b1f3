// What a latency table compares: designs, and situations in which they are measured.

import type { Series } from "../revision/series.ts";

export interface Design {
  readonly name: string;
  readonly revision: string;
  readonly threadirqs: boolean;
}

export interface Situation {
  readonly title: string;
  readonly text: string;
  readonly path: string;
}

/** The designs of the series about fence signalling latency, slowest first. */
const irqLatencyDesigns: readonly Design[] = [
  { name: "baseline", revision: "linux-7.3", threadirqs: false },
  { name: "P4", revision: "irq-latency-v3@4", threadirqs: false },
  { name: "P4+P5", revision: "irq-latency-v3@5", threadirqs: false },
  { name: "v3", revision: "irq-latency-v3", threadirqs: false },
  { name: "v2", revision: "irq-latency-v2", threadirqs: false },
  { name: "v2 on RT (threadirqs)", revision: "irq-latency-v2", threadirqs: true },
];

/** The designs of a series: those of the study for irq-latency, else its prefixes. */
export function designsOf(series: Series): readonly Design[] {
  if (/^irq-latency-(v[123]|merged)$/.test(series.id)) return irqLatencyDesigns;
  const names = ["base", ...series.patches.map((_, i) => `${i + 1} patches`)];
  return names.map((name, n) => ({ name, revision: `${series.id}@${n}`, threadirqs: false }));
}

/** What a hog may need while a completion waits behind it, ms. */
const hogMsPerJob = 15;

/** One client that waits for each of `jobs` jobs of 100 us, beside `hogs` busy programs. */
export function waitingClient(jobs: number, hogs: number): Situation {
  const beside = hogs === 0 ? "idle CPU" : `${hogs} programs of normal priority keep the CPU busy`;
  const lines = Array.from(
    { length: hogs },
    (_, i) => `    hog-${i + 2} +0: compute: for=${jobs * hogMsPerJob}ms`,
  );
  const text = `
version: 1
name: waiting-client
description: Jobs of 100 us, each waited for.
budgets:
  time: 600s
  entries: 50000000
streams:
  work: |
    run 100us
setup:
  - |
    init-1 +0: plug:
    init-1 +0: open:
    init-1 +0: vm_create: vm=vm0
    init-1 +0: bo_create: bo=cs size=64KiB vm=vm0
    init-1 +0: bo_write: bo=cs stream=work
    init-1 +0: vm_bind: vm=vm0 op=map bo=cs va=0x1000000 size=64KiB
    init-1 +0: group_create: group=g1 vm=vm0 queue={ring=64KiB}
    init-1 +0: syncobj_create: sync=s1
events:
${lines.length === 0 ? "" : `  - |\n${lines.join("\n")}\n`}  - repeat:
      count: ${jobs}
      from: 1
      events:
        - |
          init-1 +0: group_submit: group=g1 stream=work signal=s1:$i
          init-1 +0: syncobj_timeline_wait: sync=s1:$i for_submit timeout=10s
`;
  return { title: beside, text, path: "waiting-client" };
}
