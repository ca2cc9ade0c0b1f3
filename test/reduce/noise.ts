// Noise for a trace: programs and events that have nothing to do with what it shows, by a seed.

import type { Item, Trace } from "../../src/trace/trace.ts";
import { numbers, read } from "./traces.ts";

/** A program of its own: a VM, buffers, sync objects, queries. */
const program = (pid: number, n: number): string => {
  const task = `noise-${pid}`;
  const file = `file=n${pid}`;
  return `version: 1
name: noise
description: Noise.
events:
  - |
    ${task} +${500 + n}ms: open: ${file}
    ${task} +0: dev_query: type=gpu_info ${file}
    ${task} +0: vm_create: vm=nv${pid} ${file}
    ${task} +${n}us: syncobj_create: sync=ns${pid} ${file}
  - repeat:
      count: ${2 + (n % 3)}
      events:
        - |
          ${task} +0: bo_create: bo=nb${pid}.$i size=${4 << (n % 4)}KiB ${file}
          ${task} +0: vm_bind: vm=nv${pid} op=map bo=nb${pid}.$i va=$(i*16777216) size=4KiB
  - |
    ${task} +0: syncobj_timeline_signal: sync=ns${pid}:${n + 1}
    ${task} +${n}us: sleep: for=${n}ms
    ${task} +0: vm_destroy: vm=nv${pid}
    ${task} +0: close: ${file}
`;
};

/** Events of the trace's own program that change nothing. */
const asides = (task: string, n: number): string => `version: 1
name: asides
description: Noise.
events:
  - |
    ${task} +0: clock:
    ${task} +${n % 50}us: mark: text=aside${n}
    ${task} +0: compute: for=${1 + (n % 9)}us
`;

/** The trace with noise in it, of two or three programs or as many. Its own events keep their order. */
export function noisy(trace: Trace, seed: number, programs?: number): Trace {
  const random = numbers(seed);
  const next = (below: number): number => (random.next().value as number) % below;
  let events: Item[] = [...trace.events];
  const insert = (items: readonly Item[]): void => {
    let at = 0;
    for (const item of items) {
      at += next(events.length + 1 - at);
      events = [...events.slice(0, at), item, ...events.slice(at)];
      at++;
    }
  };
  const [first] = [...trace.setup, ...trace.events];
  const actor = first.kind === "event" ? first.event.actor : { comm: "app", pid: 1 };
  const more = next(2);
  for (let n = 0; n < (programs ?? 2 + more); n++) {
    const pid = 7001 + n;
    insert(read(program(pid, next(90))).events);
  }
  insert(read(asides(`${actor.comm}-${actor.pid}`, next(90))).events);
  const faults = read(`version: 1
name: faults
description: Noise.
faults:
  - "fw_late: by=${1 + next(9)}us"
events: []
`).faults;
  return { ...trace, faults: [...faults, ...trace.faults], events };
}
