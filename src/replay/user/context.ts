// What performing an event has at hand: the machine, the objects, the task, the event's line.

import { EBADF, EINTR } from "../../machine/errno.ts";
import type { Task } from "../../machine/core/context.ts";
import { TaskEnd } from "../../machine/fork.ts";
import type { Kernel } from "../../machine/core/op.ts";
import { K } from "../../timeline/kinds.ts";
import type { Action, Args, EventName } from "../../trace/events/index.ts";
import type { SyncPoint } from "../../trace/field.ts";
import type { Stream, TraceEvent } from "../../trace/trace.ts";
import { TraceRunError, type Unmet, type UserEnv } from "./env.ts";
import { EventLog } from "./event-log.ts";
import type { OpenFile, UserSync } from "./objects.ts";
import { UserObjects } from "./objects.ts";

/** Performs an event; the value is its return value, negative errors included. */
export type Perform<N extends EventName> = (c: UserContext, args: Args<N>) => Kernel<number>;
export type Performers<N extends EventName> = { readonly [K in N]: Perform<K> };

/** State that all tasks of a run share. */
export class UserRunState {
  readonly objects = new UserObjects();
  readonly unmet: Unmet[] = [];
  readonly log = new EventLog();
  readonly streams: ReadonlyMap<string, Stream>;
  /** Timeline entries that the trace wants: [from, to). */
  recordFrom: number;
  recordTo = Infinity;
  private readonly ends = new Map<number, TaskEnd>();

  constructor(
    readonly env: UserEnv,
    streams: readonly Stream[],
    /** Makes a task that another one starts. */
    readonly makeClone: (pid: number, process: boolean) => Task,
    /** Told of each event when it begins. */
    readonly onEvent?: (event: TraceEvent) => void,
  ) {
    this.streams = new Map(streams.map((s) => [s.name, s]));
    this.recordFrom = env.linux.rec.length;
  }

  /** The end of a task that another one starts. */
  endOf(pid: number): TaskEnd {
    let end = this.ends.get(pid);
    if (end === undefined) this.ends.set(pid, (end = new TaskEnd(this.env.linux.m, pid)));
    return end;
  }
}

export class UserContext {
  action: Action | null = null;
  line = 0;
  /** Return value of the task's last call. */
  lastReturn = 0;

  constructor(readonly run: UserRunState) {}

  get env(): UserEnv {
    return this.run.env;
  }
  get objects(): UserObjects {
    return this.run.objects;
  }

  /** Writes a line of the program into the timeline. */
  /** Lines that the program read: a mark each, and whether one has `text`. */
  lines(what: string, lines: readonly string[], text: string | undefined): void {
    for (const line of lines) this.mark(`${what}: ${line.replaceAll("\t", " ")}`);
    if (text === undefined) return;
    const found = lines.some((line) => line.replaceAll("\t", " ").includes(text));
    this.expect(`line of ${what}`, text, found ? text : "no such line");
  }

  mark(text: string): void {
    const { rec } = this.env.linux;
    rec.emit(K.user_mark, rec.str(text));
  }

  /** Notes an expectation that was not met. */
  unmet(what: string, expected: unknown, got: unknown): void {
    const { rec, m } = this.env.linux;
    const event = this.action?.name ?? "";
    const entry = { line: this.line, event, what, expected: String(expected), got: String(got) };
    this.run.unmet.push({ ...entry, time: m.now });
    rec.emit(K.user_mark, rec.str(`unexpected ${what}: ${String(got)}`));
  }

  /** Compares where the trace says what it expects. */
  expect(what: string, expected: unknown, got: unknown): void {
    if (expected !== undefined && expected !== got) this.unmet(what, expected, got);
  }

  /** ioctl(); -EBADF on a file that is not open. */
  *ioctl(file: OpenFile, name: string, args: object): Kernel<number> {
    if (file.file === null || !file.open) return -EBADF;
    let ret: number;
    // As drmIoctl() of libdrm.
    do ret = yield* this.env.kernel.ioctl(file.file, name, args);
    while (ret === -EINTR);
    return ret;
  }

  /** The object of a name. Another task may not have created it yet: the trace's fault. */
  get<V>(kind: string, map: ReadonlyMap<string, V>, name: string): V {
    const object = map.get(name);
    if (object !== undefined) return object;
    throw new TraceRunError(this.line, `${kind} ${name} is used before it was created`);
  }

  sync(point: SyncPoint): UserSync {
    return this.get("sync", this.objects.sync, point.sync);
  }
}

/** Bits of a list of words. */
export function bits<W extends string>(
  words: readonly W[] | undefined,
  values: Readonly<Record<W, number>>,
): number {
  return (words ?? []).reduce((mask, w) => mask | values[w], 0) >>> 0;
}
