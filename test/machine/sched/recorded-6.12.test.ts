// The scheduler of 6.12 against recordings of that kernel: which wake-ups ask for a reschedule, and
// which task runs next.
import { describe, expect, it } from "vitest";
import { kernel612, kernel73, type KernelVersion } from "../../../src/machine/kernel-version.ts";
import { fixtureOf, type TraceLine } from "../recorded-trace.ts";
import { SchedReplay } from "./recorded.ts";

/** What came before the recording leaves kworker/u4:1 with service that is due to it. */
const lags = { 21: 5000 };

function judge(kernel: KernelVersion, lines: readonly TraceLine[]) {
  const options = { cpus: 1, hz: 250 };
  const replay = new SchedReplay(250, lags, (host) => kernel.fair(host, options));
  const { wakeups, switches, differences } = replay.run(lines);
  return { compared: wakeups + switches, differences };
}

describe("recorded scheduling decisions of 6.12", () => {
  it.each([
    ["23-stale-doorbell", 727],
    ["02-resident-direct", 369],
    ["09-autosuspend-with-pending-ring", 743],
    ["18-exit-while-running", 217],
  ])("agrees with every one of %s", (name, compared) => {
    const lines = fixtureOf("user-submission", name);
    expect(judge(kernel612, lines)).toEqual({ compared, differences: [] });
  });

  it("are not all those of 7.3: a new task preempts", () => {
    const { differences } = judge(kernel73, fixtureOf("user-submission", "18-exit-while-running"));
    expect(differences).toHaveLength(1);
  });
});
