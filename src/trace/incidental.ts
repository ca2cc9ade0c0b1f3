// What a trace does not promise, in data with a reason each: single aspects of entries
// (`incidental`) and the mutual order of entries (`unordered`). Goldens are compared without it.

/** What can be declared of the entries of a golden's section. */
export const incidentalAspects = {
  registers: ["value", "time", "context", "entry"],
  fences: ["time", "context", "entry"],
  log: ["entry"],
} as const;
export type IncidentalSection = keyof typeof incidentalAspects;
export type IncidentalAspect = "value" | "time" | "context" | "entry";

/** Entries whose value, time or context, or that are there at all, is not promised. */
export interface Incidental {
  readonly section: IncidentalSection;
  /** `[R|W] BLOCK.REGISTER [by CONTEXT]`, `context:seqno` or a text; `*` and `?` stand for others. */
  readonly pattern: string;
  readonly what: readonly IncidentalAspect[];
  readonly reason: string;
  readonly line: number;
}

/** Entries of different patterns have no promised order among each other. */
export interface Unordered {
  readonly section: "registers" | "fences";
  readonly patterns: readonly string[];
  readonly reason: string;
  readonly line: number;
}

export const incidentalSections = Object.keys(incidentalAspects) as IncidentalSection[];
