// What trace viewers show: tracks in groups, with slices and instants on them.

/** Groups of tracks, in the order in which viewers show them. */
export const groups = [
  "Fences",
  "CSG slots",
  "Firmware and GPU",
  "Interrupt lines",
  "CPUs",
  "Contexts",
  "Registers",
  "Kernel log",
] as const;
export type Group = (typeof groups)[number];

export interface Track {
  /** Counts from 1 in order of appearance. */
  readonly id: number;
  readonly group: Group;
  readonly name: string;
}

export type Args = readonly (readonly [string, string | number])[];

export interface TrackItem {
  readonly phase: "begin" | "end" | "instant";
  readonly track: Track;
  /** ns; never goes back. */
  readonly time: number;
  readonly name: string;
  readonly args: Args;
  /** Number of the event, for links. */
  readonly n: number;
  /** Event that led to this, -1 for none that is worth an arrow. */
  readonly from: number;
}
