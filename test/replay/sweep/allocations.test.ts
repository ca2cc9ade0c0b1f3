// An allocation fails, at each place of each path in turn: the call says ENOMEM (or does without),
// nothing of ours breaks, what was taken is given back, and the same call succeeds afterwards.
// Where Linux 7.3 itself crashes or leaks then, it is written here.

import { describe, expect, it } from "vitest";
import { maliG1 } from "../../../src/device/profile/index.ts";
import { driverPaths, job, primePaths, probe, setup, syncobjPaths } from "./allocation-paths.ts";
import { type Path, sweep, tally } from "./allocation-sweep.ts";

/** Results other than -ENOMEM, by the start of the call: the errno that the kernel gives instead. */
const otherErrors: readonly (readonly [call: RegExp, result: string])[] = [
  // alloc_io_pgtable_ops() says no more than NULL.
  [/^(plug|vm_create)/, "-22"],
  // sync_file_create() neither.
  [/^syncobj_handle_to_fd: .* sync_file/, "-22"],
  // The inode of an object's file: room in the file system, not memory.
  [/^(plug|open|bo_create|group_create|tiler_heap_create)/, "-28"],
];

/** What Linux 7.3 does wrong, and how often in one sweep. */
const bugs: readonly (readonly [call: RegExp, result: string, times: number])[] = [
  // panthor_sync_signal_free() of a signal operation without its chain node: drm_syncobj_put(NULL).
  [/^group_submit: .* signal=s:5/, "oops in drm_syncobj_put", 2],
  [/^vm_bind: .* signal=s:9/, "oops in drm_syncobj_put", 1],
  // group_free_queue() of a queue whose drm_sched_init() failed.
  [/^group_create/, "oops in drm_sched_fini", 2],
  // drm_syncobj_import_sync_file_fence() returns without putting what it has.
  [/^syncobj_import_sync_file/, "leak: drm_syncobj with 1 reference at the end", 1],
];

function expectKernelsResults({ call }: Path, results: readonly string[]): void {
  const counts = tally(results);
  for (const [of, result, times] of bugs) {
    if (of.test(call)) expect({ [result]: counts[result] }).toEqual({ [result]: times });
  }
  const allowed = new Set(["-ENOMEM", "0, then -ENOMEM"]);
  for (const [of, result] of [...otherErrors, ...bugs]) if (of.test(call)) allowed.add(result);
  expect(results.filter((result) => !allowed.has(result))).toEqual([]);
}

describe("a failing allocation", () => {
  const paths = [...driverPaths, ...syncobjPaths, ...primePaths].map(
    (path) => [path.call, path] as const,
  );

  it.each(paths)("%s", (_call, path) => {
    const results = sweep(path, { stride: path.stride });
    expectKernelsResults(path, results);
    expect(results.length).toBeGreaterThan(0);
    expect(tally(results)).not.toHaveProperty("0, then 0");
  });

  it("leaves the other calls of a sync object without one", () => {
    const none = { call: "syncobj_transfer: from=a to=s", before: `${setup}${job}`, after: job };
    const before = `${none.before}syncobj_create: sync=a signaled\n`;
    expect(sweep({ ...none, before })).toEqual([]);
  });
});

describe("a failing allocation of the probe", () => {
  it.each([
    ["with power control by the job manager", undefined],
    ["with a power control block", maliG1],
  ])("%s", (_what, profile) => {
    const results = sweep(probe, { profile, stride: 11 });
    expectKernelsResults(probe, results);
    expect(results.filter((r) => r === "-ENOMEM").length).toBeGreaterThan(8);
  });
});
