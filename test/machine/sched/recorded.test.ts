// The scheduler against recordings of a real kernel: which wake-ups ask for a reschedule, and which
// task runs next.
import { describe, expect, it } from "vitest";
import { externalRecording, externalRecordings, fixture } from "../recorded-trace.ts";
import { type Agreement, SchedReplay } from "./recorded.ts";

/** Boot leaves kdevtmpfs (18) and kworker/u4:1 (21) with service that is due to them. */
const lagsAfterBoot = { 18: 5000, 21: 5000 };

/** What is not agreed on, and how much was compared. */
function summary({ wakeups, switches, differences }: Agreement) {
  return { compared: wakeups + switches, differences };
}

describe("recorded scheduling decisions", () => {
  it("agrees with every one of the probe", () => {
    const replay = new SchedReplay(250, lagsAfterBoot);
    expect(summary(replay.run(fixture("01-probe")))).toEqual({ compared: 109, differences: [] });
  });

  it("without knowing the state after boot, misses three wake-ups of the probe", () => {
    const { wakeupsRight, switchesRight } = new SchedReplay(250).run(fixture("01-probe"));
    expect({ wakeupsRight, switchesRight }).toEqual({ wakeupsRight: 42, switchesRight: 61 });
  });

  it("agrees with every one of a job that starts where the probe ended", () => {
    const replay = new SchedReplay(250, lagsAfterBoot);
    replay.run(fixture("01-probe"));
    const job = replay.run(fixture("02-single-job"));
    expect(summary(job)).toEqual({ compared: 180, differences: [] });
  });

  // The slow-firmware takes start from a probe that was not recorded (as does 12-shrinker, another
  // kernel); what 06-runtime-pm does before it records is unknown too.
  const known = (name: string) => !name.includes("slowfw") && name !== "12-shrinker";
  for (const name of externalRecordings().filter(known)) {
    it(`agrees with ${name}`, () => {
      const replay = new SchedReplay(name.includes("hz1000") ? 1000 : 250, lagsAfterBoot);
      if (name !== "01-probe") replay.run(externalRecording("01-probe"));
      const { wakeups, switches, differences } = replay.run(externalRecording(name));
      const right = 1 - differences.length / (wakeups + switches);
      if (name.includes("mmiocost") || name.startsWith("06")) expect(right).toBeGreaterThan(0.99);
      else expect(differences).toEqual([]);
    });
  }
});
