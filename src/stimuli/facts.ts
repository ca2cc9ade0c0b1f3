// What one pass over a recording finds: the calls of its programs with what happened during them,
// and what shows of the device. Grows with the calls and streams of a recording, not with its
// events.

import type { MarkArgs } from "./mark.ts";

/** A fence by context and number. */
export type FenceId = `${number}:${number}`;

export const fenceId = (context: number, seqno: number): FenceId => `${context}:${seqno}`;

/** A job that a call queued. */
export interface QueuedJob {
  readonly fence: FenceId;
  readonly ring: string;
  /** Fences that it waits for. */
  readonly deps: FenceId[];
}

/** A fence of a timeline point, made or waited for. */
export interface ChainPoint {
  readonly context: number;
  readonly seqno: number;
}

/** A system call of a program, or something else that it does. */
export interface Call {
  readonly pid: number;
  readonly name: string;
  readonly detail: string;
  /** Line or record that it begins at. */
  readonly index: number;
  readonly beginNs: number;
  endNs: number;
  /** False where the recording stops before the call returns. */
  ended: boolean;
  ret: number | null;
  readonly before: MarkArgs[];
  readonly after: MarkArgs[];
  /** CPU time that the task used since the previous call returned. */
  readonly userNs: number;
  /** Time since the previous call returned, or since the recording began. */
  readonly gapNs: number;
  /** The task slept in between. */
  readonly slept: boolean;
  readonly chains: ChainPoint[];
  readonly jobs: QueuedJob[];
  /** Points whose signalling it asked for, or that signalled because it looked. */
  readonly awaited: ChainPoint[];
  /** Jiffies of the timeout that it set up; null for none. */
  timeout: number | null;
  /** Address space regions that were locked during it, and the page tables of those spaces. */
  readonly locked: Region[];
  readonly lockedTables: Set<number>;
  /** Its task slept once since the previous call, until a timer woke it; null for all else. */
  readonly nap: Nap | null;
  /** CPU time between the last thing that the kernel did and the return. */
  tailNs: number;
  /** The task was preempted right after that. */
  tailPreempted: boolean;
}

export interface Region {
  readonly start: number;
  readonly size: number;
}

/** A sleep of the program that no mark shows. */
export interface Nap {
  /** CPU time between the previous call and it. */
  readonly usedNs: number;
  readonly ns: number;
}

export interface TaskFacts {
  readonly pid: number;
  comm: string;
  readonly calls: Call[];
  /** CPU that all of its calls ran on; -1 for several. */
  cpu: number;
  /** The recording shows its beginning. */
  cloned: boolean;
  /** What it last slept as: the zombie of a process that another one waits for. */
  process: boolean;
}

/** A queue of a group, as the firmware was told. */
export interface QueueFacts {
  ringBytes: number;
  priority: number;
}

/** A group that got a slot. Its suspend buffer tells it from others. */
export interface GroupFacts {
  readonly suspendBuffer: number;
  /** Page table that it ran with; identifies the VM. */
  table: number;
  readonly queues: Map<number, QueueFacts>;
  /** Groups that stood above it, by suspend buffer, in a tick that placed both. */
  readonly below: Set<number>;
}

/** Words of command streams by address, of one page table. */
export interface CodeFacts {
  readonly table: number;
  readonly words: Map<number, bigint>;
  /** Work that no instruction asks for, by the address of the last one before it. */
  readonly busy: Map<number, number>;
}

export interface Facts {
  firstNs: number;
  lastNs: number;
  events: number;
  cpus: number;
  scenario: string;
  readonly tasks: Map<number, TaskFacts>;
  readonly groups: Map<number, GroupFacts>;
  readonly code: Map<number, CodeFacts>;
  /** Rings that jobs were queued to: `panthor-queue-FILE-GROUP-QUEUE`. */
  readonly rings: Map<string, RingFacts>;
  /** Addresses that streams wrote or waited at, by page table. */
  readonly data: Map<number, Set<number>>;
  /** Words that were found to change while the recording ran. */
  rewritten: number;
  /** Tables that user address spaces were given. */
  readonly tables: Set<number>;
  /** The device was found running when the recording began. */
  awake: boolean | null;
  /** Regions that were locked outside of calls, by address: chunks of heaps are among them. */
  readonly chunks: Map<number, Region>;
  /** A stream that meets a locked region sleeps until its release, instead of trying again. */
  lockEvents: boolean;
  /** Samples of device latencies, by name. */
  readonly latencies: Map<string, Samples>;
  /** Jiffies and times that timers were started at. */
  readonly jiffies: { readonly jiffies: number; readonly ns: number }[];
  /** Job durations by ring, where the streams themselves are not on record. */
  readonly jobTimes: Map<FenceId, number>;
}

export interface RingFacts {
  readonly group: number;
  readonly queue: number;
  /** When its first job ran; Infinity for none. */
  firstRunNs: number;
}

export interface Samples {
  count: number;
  /** The first of them: enough to find the usual one. */
  readonly kept: number[];
}
