// What the device has to undo at its end needs memory to be remembered (drmm_mutex_init(),
// drmm_add_action_or_reset()): the probe fails where there is none, and what was to be remembered
// is undone at once.

import { describe, expect, it } from "vitest";
import { K } from "../../../src/timeline/kinds.ts";
import { program, run } from "./sweep.ts";

/** A probe whose `nth` allocation fails: its result, messages and the findings. */
function probe(nth: number) {
  const { rec, unmet, findings, end } = run(program(`alloc_fail: nth=${nth}\nplug: ret=-ENOMEM`));
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
    for (let nth = 1; nth <= 7; nth++) {
      const { failed, log } = probe(nth);
      expect({ nth, failed }).toEqual({ nth, failed: true });
      expect(log).not.toContain("clock rate");
    }
    expect(probe(8).log).toContain("clock rate");
  });

  it("ends it in the scheduler: the object, two mutexes, two workqueues and their end", () => {
    let last = 8;
    for (let step = 256; step >= 1; step /= 2) if (probe(last + step).failed) last += step;
    for (let nth = last - 5; nth <= last; nth++) {
      const { failed, log } = probe(nth);
      expect({ nth, failed }).toEqual({ nth, failed: true });
      expect(log).toContain("CSF FW using interface");
    }
    expect(probe(last - 6).log).not.toContain("CSF FW using interface");
  });
});
