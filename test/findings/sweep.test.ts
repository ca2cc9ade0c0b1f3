// Verdicts that rest on a profile's costs hold over a range of each cost that is an estimate, not at
// one value: the findings name multiples, and these are looked at with other figures.

import { Effect } from "effect";
import { expect, it } from "vitest";
import { longest } from "../../src/corpus/measures.ts";
import { loadTrace } from "../../src/corpus/run.ts";
import { rk3588 } from "../../src/device/profile/rk3588.ts";
import { withCosts } from "../../src/device/profile/types.ts";
import type { CpuCosts } from "../../src/machine/core/costs.ts";
import { replay } from "../../src/replay/replay.ts";
import { catalog } from "../../src/revision/catalog.ts";
import { findings } from "../../src/revision/irq-latency/findings.ts";
import { parseRevision } from "../../src/revision/revision.ts";

/** Around what the profile has; shared memory from free to more than three times its latency. */
const estimates: readonly Partial<CpuCosts>[] = [
  { sharedWord: 0 },
  { sharedWord: 400 },
  { lock: 60, atomic: 60 },
  { contextSwitch: 900, wakeUp: 350 },
  { contextSwitch: 3_600, wakeUp: 1_400 },
  { mmioRead: 600, mmioWrite: 300 },
];

const measured = ["IRQ-1", "IRQ-3", "IRQ-20", "IRQ-31"];

it.each(measured)("%s holds whatever the estimated costs are", (id) => {
  const { exposure } = findings.find((f) => f.id === id)!;
  if (exposure.kind !== "shown") throw new Error(`${id} does not show`);
  const trace = loadTrace(`traces/${exposure.trace}.yaml`);
  for (const costs of estimates) {
    const at = (name: string) => ({
      result: replay({
        trace,
        revision: Effect.runSync(parseRevision(name, catalog)),
        profile: withCosts(rk3588, costs),
        checks: [],
      }),
    });
    const [has, hasNot] = [at(exposure.has), at(exposure.hasNot)];
    for (const c of exposure.catches) {
      if (c.by !== "measure") continue;
      const [is, was] = [longest(has, c.name), longest(hasNot, c.name)];
      const where = `${id} ${c.name} with ${JSON.stringify(costs)}: ${is} ns, was ${was} ns`;
      if ("times" in c) expect(is / was, where).toBeGreaterThanOrEqual(c.times);
      else expect([is > c.above, was <= c.above], where).toEqual([true, true]);
    }
  }
});
