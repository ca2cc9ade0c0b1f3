// The header of a trace script: one row per key. The JSON Schema and the docs follow from it.

import { timeNsMax } from "./limits.ts";

/** Versions of the format that this program reads. */
export const traceVersion = 1;

export type HeaderType = "int" | "word" | "revision" | "text" | "time" | "bool" | "size";

export interface HeaderKey {
  readonly type: HeaderType;
  readonly doc: string;
  readonly required?: boolean;
  readonly fallback: string | number | boolean;
  readonly min?: number;
  readonly max?: number;
}

const key = <const K extends HeaderKey>(k: K): K => k;

/** Keys of the header that hold one value. */
export const headerKeys = {
  version: key({
    type: "int",
    doc: "Version of the trace format.",
    required: true,
    fallback: traceVersion,
  }),
  name: key({ type: "word", doc: "Name of the scenario.", required: true, fallback: "" }),
  description: key({
    type: "text",
    doc: "What the trace shows; the first sentence stands in lists.",
    required: true,
    fallback: "",
  }),
  device: key({ type: "word", doc: "GPU model.", fallback: "mali-g610" }),
  cpus: key({ type: "int", doc: "CPUs of the machine.", fallback: 1, min: 1, max: 32 }),
  hz: key({ type: "int", doc: "CONFIG_HZ of the kernel.", fallback: 250, min: 100, max: 1000 }),
  profile: key({
    type: "word",
    doc: "What things cost and how long the device takes.",
    fallback: "zero-cost",
  }),
  revision: key({
    type: "revision",
    doc: "Driver revision: a base or series, or SERIES@N or SERIES~N.",
    fallback: "linux-7.3",
  }),
  seed: key({
    type: "int",
    doc: "Draws the order of what is due at one instant; 0: first in, first out.",
    fallback: 0,
    min: 0,
    max: 0xffffffff,
  }),
  start: key({
    type: "time",
    doc: "Virtual time at the start, since boot.",
    fallback: 1_000_000_000,
    min: 0,
    max: timeNsMax,
  }),
};

/** Switches of the simulated kernel, under `options`. */
export const optionKeys = {
  threadirqs: key({
    type: "bool",
    doc: "Run all interrupt handlers in threads.",
    fallback: false,
  }),
  lockdep: key({ type: "bool", doc: "Check lock order and contexts.", fallback: true }),
  swap: key({
    type: "size",
    doc: "Swap space; without it the shrinker does nothing.",
    fallback: 0,
    min: 0,
    max: 2 ** 40,
  }),
  coherent: key({ type: "bool", doc: "The device is DMA-coherent.", fallback: false }),
  huge_pages: key({
    type: "bool",
    doc: "Buffer objects get pages of 2 MiB where they are large enough.",
    fallback: false,
  }),
  contiguous: key({
    type: "bool",
    doc: "Buffer objects get runs of 2 MiB of adjacent small pages where they are large enough.",
    fallback: false,
  }),
  csg_slots: key({
    type: "int",
    doc: "Group slots that the firmware reports; 0: as many as the device has.",
    fallback: 0,
    min: 0,
    max: 31,
  }),
};

/** Bounds of a replay, under `budgets`: going over one ends it with a finding. */
export const budgetKeys = {
  time: key({
    type: "time",
    doc: "Virtual time.",
    fallback: 60_000_000_000,
    min: 1,
    max: timeNsMax,
  }),
  entries: key({
    type: "int",
    doc: "Timeline entries.",
    fallback: 2_000_000,
    min: 1,
    max: 100_000_000,
  }),
};

type ValueOf<K extends HeaderKey> = K["type"] extends "bool"
  ? boolean
  : K["type"] extends "word" | "revision" | "text"
    ? string
    : number;
type ValuesOf<T extends Record<string, HeaderKey>> = { readonly [K in keyof T]: ValueOf<T[K]> };

export type TraceOptions = ValuesOf<typeof optionKeys>;
export type TraceBudgets = ValuesOf<typeof budgetKeys>;
export type Header = ValuesOf<typeof headerKeys> & {
  readonly options: TraceOptions;
  readonly budgets: TraceBudgets;
};

/** Keys of the header with more than one value, and of the body. */
export const sectionDocs = {
  options: "Switches of the simulated kernel.",
  budgets: "Bounds of a replay.",
  promises: "How late stages of fences may be and who signals: a line each.",
  incidental: "What goldens do not compare: aspects of entries, with a reason each.",
  unordered: "Entries without a promised mutual order, with a reason each.",
  known_findings: "What the checks find here and is known: check, text and reason each.",
  faults: "Injections in force from the start: `event: key=value ...` each.",
  streams: "Command streams by name: one instruction per line.",
  setup: "Preparation: events performed before the timeline begins.",
  events: "Event lines and repetitions.",
} as const;

export const traceKeys: readonly string[] = [
  ...Object.keys(headerKeys),
  ...Object.keys(sectionDocs),
];
