// Differences whose reason lies in how a recording was made, not in the model. Printed with the
// table; whoever adds a row must have found the reason in the recording.

import type { Agreement } from "./compare.ts";
import { type Aspect, aspects } from "./project.ts";
import type { RecordingEntry } from "./recording-set.ts";

interface Explanation {
  readonly scenario: string;
  readonly flavour: string;
  /** Where the reason shows; differences elsewhere stay unexplained. */
  readonly aspects: readonly Aspect[];
  readonly reason: string;
}

const raceOfFault =
  "how many jobs reach the ring before the fault stops the group is a race: in the recording the " +
  "CS_FATAL was handled before the last jobs were run, so they have no fence of the hardware";

const explanations: readonly Explanation[] = [
  {
    scenario: "01-probe",
    flavour: "smp2",
    aspects: ["contexts", "work items", "kworkers"],
    reason:
      "probe takes host time in the recording: the firmware's answer to the first global request " +
      "comes before the scheduler exists (1.58), so nobody queues process_fw_events_work",
  },
  { scenario: "07d-cs-fatal", flavour: "smp2", aspects: ["fences"], reason: raceOfFault },
  {
    scenario: "07e-cs-fatal-unrecoverable",
    flavour: "smp2",
    aspects: ["fences"],
    reason: raceOfFault,
  },
  {
    scenario: "21c-completion-inside-terminate",
    flavour: "smp2",
    aspects: ["registers", "fences"],
    reason:
      "which kernel addresses the group of a round gets is a race with the release of those before " +
      "it: 27 different regions are locked in the recording, 7 on one CPU; and in four rounds the " +
      "group was gone before its job could complete",
  },
];

/** The explanation of what differs, null when nothing does or something is not explained. */
export function explain(recording: RecordingEntry, agreement: Agreement): string | null {
  const differs = aspects.filter((a) => agreement.first[a] !== null);
  if (differs.length === 0) return null;
  const row = explanations.find(
    ({ scenario, flavour }) =>
      scenario === recording.scenario && flavour === recording.flavour.name,
  );
  if (row === undefined || differs.some((a) => !row.aspects.includes(a))) return null;
  return row.reason;
}
