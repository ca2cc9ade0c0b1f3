// What a golden file claims about a replay: its fences and its register accesses.
// A golden is text (print.ts, parse.ts), one entry a line; this is its typed form, built from a timeline
// (build.ts) or read from a file, and what the typed difference compares.

import type { StageName } from "../timeline/completion.ts";

/** Version of the golden text format; readers refuse others by naming both. */
export const goldenFormat = 1;

export interface GoldenHeader {
  readonly format: number;
  /** Trace name, e.g. `single-job`. */
  readonly trace: string;
  /** SHA-256 of the trace's canonical text, first 16 digits. */
  readonly traceDigest: string;
  readonly revision: string;
  readonly profile: string;
  readonly seed: number;
}

/** Times are ns since the start of the comparison (`record start`, or the replay's start). */
export interface FenceRow {
  /** `context:seqno`. */
  readonly fence: string;
  readonly driver: string;
  readonly timeline: string;
  readonly init: number;
  /** drm_sched_job_queue and drm_sched_job_run of the job this fence stands for, -1 if none. */
  readonly queued: number;
  readonly run: number;
  /** -1 while not signalled. */
  readonly signalled: number;
  readonly error: number;
  /** Context that signalled it: `group_sync_upd_work`, `irq/66-panthor-job`, `hardirq …`. */
  readonly by: string;
  /** Who led there, nearest first. */
  readonly path: readonly string[];
  /** ns from the stage before it, in order; empty for fences that no write of the GPU completed. */
  readonly stages: readonly (readonly [StageName, number])[];
  /** Its times are not promised. */
  readonly untimed?: boolean;
}

export interface RegisterRow {
  readonly time: number;
  readonly cpu: number;
  readonly context: string;
  readonly direction: "R" | "W";
  /** `BLOCK.REGISTER`. */
  readonly register: string;
  /** 8 hex digits, `-` where the value is an address of the run, `~` where it is not promised. */
  readonly value: string;
  /** Decoded fields, empty where there is nothing to decode. */
  readonly fields: string;
  /** Its time is not promised. */
  readonly untimed?: boolean;
}

export interface LogRow {
  readonly time: number;
  readonly level: string;
  readonly text: string;
}

/** Something that is not promised, and why. */
export interface DeclaredRow {
  readonly what: string;
  readonly reason: string;
}

export interface Golden {
  readonly header: GoldenHeader;
  readonly fences: readonly FenceRow[];
  readonly registers: readonly RegisterRow[];
  /** Warnings and errors of the simulated kernel. */
  readonly log: readonly LogRow[];
  /** What the trace declares not to be promised. */
  readonly declared?: readonly DeclaredRow[];
}
