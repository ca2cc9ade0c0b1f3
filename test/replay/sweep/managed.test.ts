// What the device has to undo at its end needs memory to be remembered (drmm_mutex_init(),
// drmm_add_action_or_reset()): the probe fails where there is none, and what was to be remembered
// is undone at once.

import { describe, expect, it } from "vitest";
import { K } from "../../../src/timeline/kinds.ts";
import { program, run } from "./sweep.ts";

/** A probe whose `nth` allocation fails: its result, messages and the findings. */
function probe(nth: number) {
  const text = `alloc_fail: nth=${nth}\nplug: ret=-ENOMEM`;
  const { rec, unmet, findings, end } = run(program(text));
  const log: string[] = [];
  for (let i = rec.first; i < rec.length; i++) {
    if (rec.kind(i) === K.printk) log.push(rec.string(rec.arg(i, 1)));
  }
  const failed = unmet.length === 0;
  if (failed)
    expect({ nth, end, findings }).toEqual({ nth, end: { kind: "finished" }, findings: [] });
  return { failed, log: log.join("\n") };
}

describe("a managed resource without memory", () => {
  it("ends the probe before its clocks: three mutexes, a page, a workqueue and their ends", () => {
    // Behind the 16 of drm_dev_init().
    for (let nth = 17; nth <= 23; nth++) {
      const { failed, log } = probe(nth);
      expect({ nth, failed }).toEqual({ nth, failed: true });
      expect(log).not.toContain("clock rate");
    }
    // The clocks themselves take four.
    expect(probe(27).log).not.toContain("clock rate");
    expect(probe(28).log).toContain("clock rate");
  });

  it("ends it in the scheduler: the object, two mutexes, two workqueues and their end", () => {
    // The last that ends the probe before the minors of the DRM device.
    let last = 28;
    for (let step = 256; step >= 1; step /= 2) if (probe(last + step).failed) last += step;
    last -= 2;
    for (let nth = last - 5; nth <= last; nth++) {
      const { failed, log } = probe(nth);
      expect({ nth, failed }).toEqual({ nth, failed: true });
      expect(log).toContain("CSF FW using interface");
    }
    expect(probe(last - 6).log).not.toContain("CSF FW using interface");
  });
});
