// An allocation fails, at each place of each path in turn: the call says ENOMEM (or does without),
// nothing of ours breaks, what was taken is given back, and the same call succeeds afterwards.

import { describe, expect, it } from "vitest";
import { maliG1, type Profile } from "../../../src/device/profile/index.ts";
import { program, run } from "./sweep.ts";

const setup = `plug:
sleep: for=100ms
open:
vm_create: vm=vm
bo_create: bo=cs size=64KiB vm=vm
bo_write: bo=cs stream=work
vm_bind: vm=vm op=map bo=cs va=0x1000000 size=64KiB
group_create: group=g vm=vm queue={}
syncobj_create: sync=s
`;
const job = `group_submit: group=g stream=work signal=s:1
syncobj_timeline_wait: sync=s:1 timeout=2s
`;

/** Calls under test, what goes before and after them, and what gives the result back. */
const paths: readonly (readonly [call: string, before: string, after: string])[] = [
  ["plug:", "", setup.replace("plug:\n", "") + job],
  ["open: file=first", "plug:\nsleep: for=100ms\n", setup.replace(/^[^]*open:\n/, "open:\n") + job],
  ["vm_create: vm=v", setup, `vm_destroy: vm=v\n${job}`],
  ["bo_create: bo=b size=1MiB vm=vm", setup, `gem_close: bo=b\n${job}`],
  ["bo_set_label: bo=cs label=label", setup, job],
  [
    "vm_bind: vm=vm op=map bo=cs va=0x2000000 size=64KiB",
    setup,
    `vm_bind: vm=vm op=unmap va=0x2000000 size=64KiB\n${job}`,
  ],
  ["vm_bind: vm=vm op=unmap va=0x1008000 size=4KiB", setup, job],
  [
    "vm_bind: vm=vm async bind={op=map bo=cs va=0x2000000 size=64KiB signal=s:9}",
    setup.replace("signal=s:1", "signal=s:10"),
    `syncobj_timeline_wait: sync=s:9 for_submit timeout=1s\n${job.replaceAll("s:1", "s:10")}`,
  ],
  ["group_create: group=h vm=vm queue={}", setup, `group_destroy: group=h\n${job}`],
  ["group_submit: group=g stream=work", setup, job],
  [
    "tiler_heap_create: heap=h vm=vm chunk_size=128KiB initial_chunks=2",
    setup,
    `tiler_heap_destroy: heap=h\n${job}`,
  ],
];

/** Successes in a row after which the call's allocations are taken to be over. */
const settled = 3;
/** Every allocation up to here; of the many pages behind, some. */
const thorough = 16;
const stride = 11;

/**
 * What the call returned with each of its allocations failing. It is made again afterwards: the
 * first time it is expected to fail, so that it binds no name.
 */
function sweep(path: (typeof paths)[number], profile?: Profile): string[] {
  const [call, before, after] = path;
  // A probe that worked cannot be made again; the file is opened again by what follows.
  let again = call;
  if (call === "plug:") again = "plug: ret=any";
  else if (call.startsWith("open:")) again = "yield:";
  const results: string[] = [];
  let successes = 0;
  for (let n = 1; successes < settled; n += n < thorough ? 1 : stride) {
    const lines = [
      ...before.trim().split("\n"),
      `alloc_fail: nth=${n}`,
      `${call} ret=-ENOMEM`,
      `alloc_fail: nth=4294967295`,
      again,
      ...after.trim().split("\n"),
    ].filter((line) => line !== "");
    const { end, findings, unmet } = run(program(lines.join("\n")), profile);
    const first = unmet.filter(({ expected }) => expected === "-12" || expected === "-ENOMEM");
    const others = unmet.filter((u) => !first.includes(u));
    expect({ call, n, end, findings, others }).toEqual({
      call,
      n,
      end: { kind: "finished" },
      findings: [],
      others: [],
    });
    results.push(first.length === 0 ? "-ENOMEM" : first[0].got);
    successes = results.at(-1) === "0" ? successes + 1 : 0;
  }
  return results;
}

describe("a failing allocation", () => {
  it.each(paths)("%s", (...path) => {
    const results = sweep(path);
    // Tables that cannot be allocated are EINVAL to panthor_vm_create().
    const allowed = ["0", "-ENOMEM", ...(/^(plug|vm_create)/.test(path[0]) ? ["-22"] : [])];
    expect(results.filter((r) => !allowed.includes(r))).toEqual([]);
    // A label that cannot be copied fails in user space's copy, which has no allocation here.
    if (!path[0].startsWith("bo_set_label")) expect(results).toContain("-ENOMEM");
  });

  it("in the probe of a part with a power control block", () => {
    const results = sweep(paths[0], maliG1);
    expect(results.filter((r) => r === "-ENOMEM").length).toBeGreaterThan(thorough / 2);
  });
});
