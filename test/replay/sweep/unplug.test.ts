// The driver is unbound after every k-th entry of a run, while a program works with the device:
// nothing of ours breaks, the unbind ends, and no invariant is violated that the driver is not
// known to violate when groups are alive at that moment (see traces/irq/29-unbind-with-jobs.yaml).

import { describe, expect, it } from "vitest";
import { maliG1, zeroCost, type Profile } from "../../../src/device/profile/index.ts";
import { program, run } from "./sweep.ts";

/** Whatever is in flight may fail from the unbind on. */
const any = (line: string): string =>
  /^(sleep|bo_write|sync_file)/.test(line) ? line : `${line} ret=any`;

const work = `open:
vm_create: vm=vm
bo_create: bo=cs size=64KiB vm=vm
vm_bind: vm=vm op=map bo=cs va=0x1000000 size=64KiB
group_create: group=g vm=vm queue={}
syncobj_create: sync=s
group_submit: group=g addr=0x1000000 size=64 signal=s:1
vm_bind: vm=vm async bind={op=map bo=cs va=0x2000000 size=64KiB wait=s:1 signal=s:2}
tiler_heap_create: heap=h vm=vm chunk_size=128KiB initial_chunks=1
syncobj_timeline_wait: sync=s:2 timeout=1s
vm_bind: vm=vm op=unmap va=0x2000000 size=64KiB
tiler_heap_destroy: heap=h
group_destroy: group=g
vm_destroy: vm=vm`;
const events = `${program("plug:\nsleep: for=100ms")}
${program(work.split("\n").map(any).join("\n"))}`;

/** What the driver leaves behind when it is unbound with groups. */
const known = new Set(["fence-once", "references"]);

/** Times of every `step`-th entry of an undisturbed run, from the end of the probe on. */
function moments(profile: Profile, step: number): number[] {
  const { rec, end } = run(events, profile);
  expect(end).toEqual({ kind: "finished" });
  const times = new Set<number>();
  for (let i = 0; i < rec.length; i += step) if (rec.time(i) > 1.09e9) times.add(rec.time(i));
  return [...times].filter((t) => t < 1.3e9);
}

const seconds = (ns: number): string =>
  `${Math.floor(ns / 1e9)}.${String(Math.floor(ns % 1e9)).padStart(9, "0")}`;

describe("an unbind at any moment", () => {
  it.each([
    ["mali-g610", zeroCost, 7],
    ["mali-g1", maliG1, 23],
  ] as const)("%s", (_, profile, step) => {
    const times = moments(profile, step);
    expect(times.length).toBeGreaterThan(20);
    for (const time of times) {
      const { end, findings } = run(`${events}\n    killer-9 ${seconds(time)}: unbind:`, profile);
      const unknown = findings.filter(({ check }) => !known.has(check));
      expect({ time, end, unknown }).toEqual({ time, end: { kind: "finished" }, unknown: [] });
    }
  });
});
