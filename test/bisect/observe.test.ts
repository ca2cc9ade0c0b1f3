// What is kept of a replay for comparisons.

import { Effect } from "effect";
import { expect, test } from "vitest";
import { observe } from "../../src/bisect/observe.ts";
import { loadTrace } from "../../src/corpus/run.ts";
import { profiles } from "../../src/device/profile/index.ts";
import { catalog } from "../../src/revision/catalog.ts";
import { parseRevision } from "../../src/revision/revision.ts";

test("entries are counted by kind, what the device says of itself by what it is", () => {
  const revision = Effect.runSync(parseRevision("linux-7.3", catalog));
  const trace = loadTrace("traces/single-job.yaml");
  const scene = { trace, profileName: "zero-cost", profile: profiles["zero-cost"]! };
  const observed = observe(scene, revision);
  if (!observed.ok) throw new Error(observed.reason);
  const { kinds = {}, entries } = observed.observation;
  expect(Object.values(kinds).reduce((sum, n) => sum + n, 0)).toBe(entries);
  expect(kinds["dev_state mcu_booted"]).toBeGreaterThan(0);
  expect(kinds).not.toHaveProperty("dev_state");
  expect(kinds["mmio_write"]).toBeGreaterThan(100);
});
