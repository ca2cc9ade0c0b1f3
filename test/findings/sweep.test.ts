// Verdicts that rest on a profile's costs hold over a range of each cost that is an estimate, not at
// one value: the findings name multiples, and these are looked at with other figures.

import { Effect, Either } from "effect";
import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { longest } from "../../src/corpus/measures.ts";
import { loadTrace } from "../../src/corpus/run.ts";
import { rk3588 } from "../../src/device/profile/rk3588.ts";
import { zeroCost } from "../../src/device/profile/zero-cost.ts";
import { withCosts } from "../../src/device/profile/types.ts";
import type { CpuCosts } from "../../src/machine/core/costs.ts";
import { replay } from "../../src/replay/replay.ts";
import { catalog } from "../../src/revision/catalog.ts";
import { findings } from "../../src/revision/irq-latency/findings.ts";
import { stalledWorkerBy } from "../../src/revision/irq-latency/mutants/races.ts";
import { parseRevision } from "../../src/revision/revision.ts";
import { parseTrace } from "../../src/trace/parse.ts";

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

const stalled = readFileSync("traces/findings/irq-28-finished-beside-fatal.yaml", "utf8");

/** Status of the job that ends beside the fatal fault, with and without the checks in the irq thread. */
function besideFatal(stallNs: number, work: string, terminate: string): string[] {
  const text = stalled.replace("run 2500us", `run ${work}`).replace("for=4ms", `for=${terminate}`);
  const trace = Either.getOrThrow(parseTrace(text, "irq-28"));
  return ["irq-latency-stalled-worker", "irq-latency-v3-stalled-worker"].map((name) => {
    const revision = Effect.runSync(parseRevision(name, catalog));
    const patches = revision.patches.map((p) =>
      p.id === "irq-latency/stalled-worker" ? stalledWorkerBy(stallNs) : p,
    );
    const profile = zeroCost;
    const { unmet } = replay({ trace, revision: { ...revision, patches }, profile, checks: [] });
    return unmet.map(({ what, got }) => `${what} is ${got}`).join() || "as expected";
  });
}

const failed = "status of fence a:1 is -125";

it.each([
  [500, "2500us", "4ms"],
  [5_000, "2500us", "4ms"],
  [1_000_000, "2500us", "4ms"],
  [50_000, "150us", "4ms"],
  [50_000, "4ms", "4ms"],
  [50_000, "2500us", "2600us"],
  [50_000, "2500us", "60ms"],
])("IRQ-28 holds with a stall of %s ns, work of %s, a termination of %s", (...point) => {
  expect(besideFatal(...point)).toEqual([failed, "as expected"]);
});

it("IRQ-28 needs a stall, and a job that ends before its group is terminated", () => {
  expect(besideFatal(0, "2500us", "4ms")).toEqual(["as expected", "as expected"]);
  expect(besideFatal(50_000, "5ms", "4ms")).toEqual([failed, failed]);
});
