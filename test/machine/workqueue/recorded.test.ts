// The workqueues, the scheduler and kernel thread creation together, against recordings of a real
// kernel: which worker runs which item, who preempts whom, which workers get created, when.
import { describe, expect, it } from "vitest";
import { entityOf } from "../../../src/machine/sched/entity.ts";
import {
  externalRecording,
  externalRecordings,
  fixture,
  type TraceLine,
} from "../recorded-trace.ts";
import { SchedReplay } from "../sched/recorded.ts";
import { compared, runStimulus } from "./replay.ts";

/** The workers that the probe leaves, the one that went idle last first. */
const workersAfterProbe = [
  { id: 1, pid: 21 },
  { id: 2, pid: 29 },
  { id: 0, pid: 12 },
  { cpu: 0, id: 1, pid: 11 },
  { cpu: 0, id: 0, pid: 9 },
  { cpu: 0, id: 0, pid: 10, highpri: true },
];

function replay(probe: readonly TraceLine[], lines: readonly TraceLine[], hz: number): string[] {
  const before = new SchedReplay(hz, { 18: 5000, 21: 5000 });
  before.run(probe);
  const lags = new Map([...before.tasks].map(([pid, task]) => [pid, entityOf(task).vlag]));
  return runStimulus(lines, { hz, lags, workers: workersAfterProbe, firstPid: 30 });
}

describe("recorded workqueue activity", () => {
  it("reproduces every scheduling and workqueue event of a job, in order", () => {
    const lines = fixture("02-single-job");
    const events = compared(lines);
    expect(events.length).toBe(346);
    expect(replay(fixture("01-probe"), lines, 250)).toEqual(events);
  });

  it("does not reproduce them with the wrong idle worker first", () => {
    const lines = fixture("02-single-job");
    const [first, second, ...rest] = workersAfterProbe;
    const events = runStimulus(lines, {
      hz: 250,
      lags: new Map(),
      workers: [second, first, ...rest],
      firstPid: 30,
    });
    expect(events).not.toEqual(compared(lines));
  });

  // Not judged: other states at the start (see sched/recorded.test.ts), and recordings where RCU
  // wakes its thread from a worker between two work items (not part of the stimulus).
  const judged = (name: string) =>
    !/slowfw|^05.*(hz1000|mmiocost|mixed|vms)|^01|^07[bc]|^12/.test(name);
  for (const name of externalRecordings().filter(judged)) {
    it(`reproduces ${name}`, () => {
      const lines = externalRecording(name);
      const hz = name.includes("hz1000") ? 1000 : 250;
      expect(replay(externalRecording("01-probe"), lines, hz)).toEqual(compared(lines));
    });
  }
});
