// panthor_device_init() at every step that can fail: what was done before is undone, in the
// reverse order, and nothing is left running, enabled or referenced.

import { describe, expect, it } from "vitest";
import { maliG1, zeroCost, type Profile } from "../../../src/device/profile/index.ts";
import type { Overlay } from "../../../src/driver/driver.ts";
import { EBUSY, EIO, ENOMEM } from "../../../src/machine/errno.ts";
import type { Kernel } from "../../../src/machine/core/op.ts";
import { overlay } from "../../../src/revision/patch.ts";
import { makeBench, runUser, timelineText } from "../harness.ts";

function* fail(): Kernel<number> {
  return -EIO;
}

/** Steps in order, and what the init has set up before them, in the order it is taken down. */
const steps: readonly (readonly [name: string, failing: Overlay, undone: readonly string[]])[] = [
  ["devfreq.init", overlay(() => ({ devfreq: { init: fail } })), []],
  ["hw.init", overlay(() => ({ hw: { init: fail } })), []],
  ["pwr.init", overlay(() => ({ pwr: { init: fail } })), []],
  ["gpu.init", overlay(() => ({ gpu: { init: fail } })), ["pwr"]],
  ["gpu.coherencyInit", overlay(() => ({ gpu: { coherencyInit: fail } })), ["gpu", "pwr"]],
  ["gem.shrinkerInit", overlay(() => ({ gem: { shrinkerInit: fail } })), ["gpu", "pwr"]],
  ["mmu.init", overlay(() => ({ mmu: { init: fail } })), ["gem", "gpu", "pwr"]],
  ["fw.init", overlay(() => ({ fw: { init: fail } })), ["mmu", "gem", "gpu", "pwr"]],
  ["fw.load", overlay(() => ({ fw: { load: fail } })), ["fw", "mmu", "gem", "gpu", "pwr"]],
  ["fw.start", overlay(() => ({ fw: { start: fail } })), ["fw", "mmu", "gem", "gpu", "pwr"]],
  ["hw.l2PowerOn", overlay(() => ({ hw: { l2PowerOn: fail } })), ["mmu", "gem", "gpu", "pwr"]],
  ["sched.init", overlay(() => ({ sched: { init: fail } })), ["fw", "mmu", "gem", "gpu", "pwr"]],
];

/** Notes which units are unplugged. */
const noting = (order: string[]): Overlay =>
  overlay((_, prev) => {
    const note = (unit: string, unplug: (ptdev: never) => Kernel<void>) =>
      function* (ptdev: never): Kernel<void> {
        order.push(unit);
        yield* unplug(ptdev);
      };
    return {
      sched: { unplug: note("sched", prev.sched.unplug) },
      fw: { unplug: note("fw", prev.fw.unplug) },
      mmu: { unplug: note("mmu", prev.mmu.unplug) },
      gem: { shrinkerUnplug: note("gem", prev.gem.shrinkerUnplug as never) },
      gpu: { unplug: note("gpu", prev.gpu.unplug) },
      pwr: { unplug: note("pwr", prev.pwr.unplug) },
    };
  });

function probe(profile: Profile, failing: Overlay) {
  const order: string[] = [];
  const bench = makeBench({ profile, overlays: [noting(order), failing] });
  let result: unknown = 0;
  runUser(
    bench,
    function* () {
      result = yield* bench.drv.drv.attach(bench.pdev);
    },
    1e9,
  );
  const { gpu, linux, pdev } = bench;
  return {
    result,
    order,
    left: {
      masks: [gpu.irqs.gpu.mask, gpu.irqs.mmu.mask, gpu.irqs.job.mask, gpu.pwr?.irq.mask ?? 0],
      clock: pdev.clocks.core.enableCount,
      references: linux.krefs.leaks(),
      warnings: timelineText(bench.m, { kinds: ["printk"] }).filter((l) => /WARNING|BUG/.test(l)),
    },
  };
}

const nothing = { masks: [0, 0, 0, 0], clock: 0, references: [], warnings: [] };

describe.each([
  ["mali-g610", zeroCost],
  ["mali-g1", maliG1],
] as const)("a failing step of the init of %s", (_, profile) => {
  it.each(steps)("%s", (_name, failing, undone) => {
    expect(probe(profile, failing)).toEqual({ result: -EIO, order: undone, left: nothing });
  });
});

describe("memory for managed resources", () => {
  /** The probe with its `nth` allocation failing. */
  function attempt(nth: number) {
    const order: string[] = [];
    const bench = makeBench({ overlays: [noting(order)] });
    const { memory, krefs } = bench.linux;
    const before = memory.allocated;
    let result: unknown = 0;
    runUser(
      bench,
      function* () {
        memory.failAllocations(nth, 1);
        result = yield* bench.drv.drv.attach(bench.pdev);
      },
      1e9,
    );
    const leaked = [memory.allocated - before, krefs.leaks().length];
    return { result, undone: order.join(" "), leaked };
  }

  const none = [0, 0];
  it.each([
    ["the DRM device", 1, ""],
    ["its inode", 4, ""],
    ["the last action of drm_dev_init()", 16, ""],
    ["unplug.lock", 17, ""],
    ["pm.mmio_lock", 18, ""],
    ["gems.lock", 19, ""],
    ["the LATEST_FLUSH page", 20, ""],
    ["its release", 21, ""],
    ["the reset workqueue", 22, ""],
    ["its release", 23, ""],
    ["devres of the core clock", 24, ""],
    ["devres of the coregroup clock", 27, ""],
    ["devfreq", 28, ""],
    ["the configuration of the OPP table", 29, ""],
    ["an operating point", 33, ""],
    ["the sram supply", 35, ""],
    ["the devfreq device", 36, ""],
    ["its statistics", 40, ""],
    ["the name of the region", 43, ""],
    ["the mapping of the registers", 46, ""],
    ["the end of runtime PM", 47, ""],
    ["the GPU unit", 48, "pwr"],
    ["devres of the GPU interrupt", 49, "pwr"],
    ["its irqaction", 50, "pwr"],
    ["its thread", 51, "pwr"],
    ["the shrinker", 52, "gpu pwr"],
    ["the MMU unit", 53, "gem gpu pwr"],
    ["as.slots_lock", 54, "gem gpu pwr"],
    ["vm.lock", 55, "gem gpu pwr"],
    ["the thread of the MMU interrupt", 58, "gem gpu pwr"],
    ["the VM_BIND workqueue", 59, "gem gpu pwr"],
    ["its release", 60, "gem gpu pwr"],
    ["the firmware unit", 61, "mmu gem gpu pwr"],
    ["the thread of the job interrupt", 64, "mmu gem gpu pwr"],
  ])("%s (%i)", (_what, nth, undone) => {
    expect(attempt(nth)).toEqual({ result: -ENOMEM, undone, leaked: none });
  });

  it.each([44, 45])("the region of the registers (%i), which then looks taken", (nth) => {
    expect(attempt(nth)).toEqual({ result: -EBUSY, undone: "", leaked: none });
  });
});
