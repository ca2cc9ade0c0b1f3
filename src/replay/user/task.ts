// A task of a trace: its events run in order; each starts at its timestamp, or when the previous
// one has returned, whichever is later.

import type { Kernel } from "../../machine/core/op.ts";
import { lockdepSysExit } from "../../machine/report/sys-exit.ts";
import { type Action, isHappening } from "../../trace/events/index.ts";
import type { TraceEvent } from "../../trace/trace.ts";
import { EINTR, ERESTARTSYS } from "../../machine/errno.ts";
import { done } from "../../machine/core/op.ts";
import { UserContext, type Performers, type UserRunState } from "./context.ts";
import type { EventName, HappeningName } from "../../trace/events/index.ts";
import { makeHappen } from "./happening.ts";
import { performDmaBuf } from "./perform-dma-buf.ts";
import { performFile } from "./perform-file.ts";
import { performIoctl } from "./perform-ioctl.ts";
import { performGroup } from "./perform-group.ts";
import { performMemory } from "./perform-memory.ts";
import { performProgram } from "./perform-program.ts";
import { performSyncobj } from "./perform-syncobj.ts";
import { performUserSubmission } from "./perform-user-submission.ts";
import { performXgs } from "./perform-xgs.ts";

const performers: Performers<Exclude<EventName, HappeningName>> = {
  ...performFile,
  ...performIoctl,
  ...performMemory,
  ...performGroup,
  ...performSyncobj,
  ...performDmaBuf,
  ...performUserSubmission,
  ...performXgs,
  ...performProgram,
};

type Performer = (c: UserContext, args: unknown) => Kernel<number>;
const performerOf = new Map(Object.entries(performers) as [string, Performer][]);

function perform(c: UserContext, action: Action): Kernel<number> {
  const performer = performerOf.get(action.name);
  if (performer !== undefined) return performer(c, action.args);
  if (isHappening(action)) makeHappen(c.env, action);
  return done(0);
}

/** Runs events as one task does. */
export class UserProgram {
  private readonly context: UserContext;
  /** When the previous event returned. */
  private ended: number;

  constructor(private readonly run: UserRunState) {
    this.context = new UserContext(run);
    this.ended = run.env.linux.m.now;
  }

  /** Relative times of the events that follow count from now. */
  begin(): void {
    this.ended = this.run.env.linux.m.now;
  }

  *perform(events: Iterable<TraceEvent>): Kernel<void> {
    const { m } = this.run.env.linux;
    for (const event of events) {
      yield* this.sleepUntil(event.at.relative ? this.ended + event.at.ns : event.at.ns);
      yield* this.one(event);
      this.ended = m.now;
      // Back in user space between two calls.
      yield* m.preemptPoint();
    }
  }

  private *one(event: TraceEvent): Kernel<void> {
    const c = this.context;
    const { m, rec } = this.run.env.linux;
    c.action = event.action;
    c.line = event.line;
    this.run.onEvent?.(event);
    this.run.log.begins(rec.length, event.actor.pid, event.line);
    if (event.cpu !== null) m.current!.affinity = 1 << event.cpu;
    const { kernel } = this.run.env;
    let ret: number;
    let again: boolean;
    do {
      ret = yield* perform(c, event.action);
      again = (yield* kernel.exitToUser()) && restarts(ret);
    } while (again);
    if (ret >= 0) this.run.log.submitted(c, event.action);
    lockdepSysExit(m);
    checkReturn(c, event.action, ret);
    if (event.action.name !== "expect") c.lastReturn = ret;
  }

  /** The program waits for the time of its next event, without slack. */
  private *sleepUntil(time: number): Kernel<void> {
    const { m } = this.run.env.linux;
    const { sleep } = this.run.env.linux.time;
    while (m.now < time) {
      m.setState("S", { what: "the time of the next trace event" });
      yield* sleep.scheduleHrtimeoutRange(time, 0);
      yield* this.run.env.kernel.exitToUser();
    }
  }
}

/** A call that a signal has ended goes on afterwards: by itself, or because programs ask again. */
function restarts(ret: number): boolean {
  return ret === -ERESTARTSYS || ret === -EINTR;
}

/** A call that fails without the trace saying so is a finding, and the other way round. */
function checkReturn(c: UserContext, action: Action, ret: number): void {
  if (action.name === "expect") return;
  const { ret: expected } = action.args as { readonly ret?: number | "any" };
  if (expected === "any") return;
  if (expected !== undefined) c.expect("return value", expected, ret);
  else if (ret < 0) c.unmet("return value", "success", ret);
}
