// All tasks of a trace on a machine: preparation first, then the events; device happenings at
// their times.

import type { Task } from "../../machine/core/context.ts";
import { doExit } from "../../machine/fork.ts";
import type { Kernel } from "../../machine/core/op.ts";
import { isHappening } from "../../trace/events/index.ts";
import { actorsOf, clonesOf, expandItems } from "../../trace/expand.ts";
import type { Actor } from "../../trace/line.ts";
import type { Item, Trace, TraceEvent } from "../../trace/trace.ts";
import { UserRunState } from "./context.ts";
import type { Unmet, UserEnv } from "./env.ts";
import type { EventLog } from "./event-log.ts";
import { makeHappen } from "./happening.ts";
import { letGo } from "./perform-dma-buf.ts";
import { UserProgram } from "./task.ts";

/** A trace being performed. */
export class UserRun {
  readonly tasks: Task[] = [];
  private readonly state: UserRunState;
  /** Actors whose preparation has not ended. */
  private preparing = 0;
  /** Tasks that wait for the preparation of others. */
  private readonly waiting: Task[] = [];
  private running = 0;

  constructor(
    private readonly env: UserEnv,
    private readonly trace: Trace,
    /** Called when the last event of the last task has returned. */
    private readonly onDone: () => void = () => {},
    /** The timeline begins at this time, if the preparation has ended by then. */
    private readonly recordAtNs = -1,
    onEvent?: (event: TraceEvent) => void,
  ) {
    this.state = new UserRunState(env, trace.streams, (pid, p) => this.makeClone(pid, p), onEvent);
  }

  /** Creates the tasks and starts them at the machine's present time. */
  start(): void {
    const { trace, env } = this;
    for (const happening of trace.faults) makeHappen(env, happening);
    const actors = actorsOf(trace);
    const clones = clonesOf(trace.events);
    const first = actors.filter(({ pid }) => !clones.has(pid));
    const prepare = trace.setup.length > 0;
    this.preparing = prepare ? first.length : 0;
    this.running = actors.length;
    if (actors.length === 0) this.onDone();
    for (const actor of first) {
      if (actor.pid < 0) this.startDevice();
      else this.startTask(actor);
    }
  }

  /** Expectations that were not met. */
  get unmet(): readonly Unmet[] {
    return this.state.unmet;
  }

  /** Which event is behind an entry, and the fences of sync objects. */
  get log(): EventLog {
    return this.state.log;
  }

  /** Timeline entries that the trace is about: indices [from, to). */
  get recorded(): { readonly from: number; readonly to: number } {
    return { from: this.state.recordFrom, to: this.state.recordTo };
  }

  /** True when every task has performed all of its events. */
  get finished(): boolean {
    return this.running === 0;
  }

  /** do_exit() of all programs: their mappings and descriptors go. */
  *exit(): Kernel<void> {
    const { file: files, bo: bos, rings } = this.state.objects;
    for (const { group, queues } of rings.values()) {
      // Closed with its mappings already.
      if (group.file.mappings === 0) continue;
      for (const { ring, io } of queues) {
        yield* ring.unmap();
        yield* io.unmap();
      }
    }
    for (const bo of bos.values()) {
      const { mapping } = bo;
      bo.mapping = null;
      if (mapping !== null) yield* mapping.unmap();
    }
    yield* this.exitFiles();
    for (const file of files.values()) {
      if (file.file === null || (!file.open && file.mappings === 0)) continue;
      file.open = false;
      file.mappings = 0;
      yield* this.env.kernel.release(file.file);
    }
    yield* this.env.kernel.exitToUser();
  }

  /** Mappings of dma-bufs, other devices' use of them, and descriptors. */
  private *exitFiles(): Kernel<void> {
    const { kernel } = this.env;
    for (const fd of this.state.objects.fd.values()) {
      if (fd.kind === "fd" && fd.shared !== undefined) yield* letGo(fd.shared);
    }
    yield* kernel.fds.closeAll();
  }

  private startTask(actor: Actor): void {
    const { m } = this.env.linux;
    const { comm, pid } = actor;
    const task = m.createTask({ comm, pid, body: () => this.body(actor) });
    this.tasks.push(task);
    this.env.kernel.addTask(task);
    const first = this.first(actor);
    const cpu = first?.cpu ?? null;
    if (cpu === null) m.sched.wakeNew(task);
    else {
      task.affinity = 1 << cpu;
      m.sched.wakeNew(task, m.cpus[cpu]);
    }
  }

  /** A task that another one starts: its events begin with it. */
  private makeClone(pid: number, process: boolean): Task {
    const { comm } = actorsOf(this.trace).find((actor) => actor.pid === pid)!;
    const actor = { comm, pid };
    const task = this.env.linux.m.createTask({ comm, pid, body: () => this.clone(actor, process) });
    this.tasks.push(task);
    return task;
  }

  private *clone(actor: Actor, process: boolean): Kernel<void> {
    yield* this.perform(actor);
    yield* doExit(this.env.linux, this.state.endOf(actor.pid), process);
  }

  private *perform(actor: Actor, program = new UserProgram(this.state)): Kernel<void> {
    program.begin();
    yield* program.perform(eventsOf(this.trace.events, actor));
    this.ended();
  }

  private *body(actor: Actor): Kernel<void> {
    const program = new UserProgram(this.state);
    if (this.trace.setup.length > 0) {
      yield* program.perform(eventsOf(this.trace.setup, actor));
      yield* this.barrier();
    }
    yield* this.perform(actor, program);
  }

  /** Waits until the preparation of all has ended; the last one begins the timeline. */
  private *barrier(): Kernel<void> {
    const { m } = this.env.linux;
    if (this.preparing === 1 && this.recordAtNs > m.now) yield* m.until(this.recordAtNs);
    this.prepared();
    if (this.preparing === 0) return;
    this.waiting.push(m.current!);
    while (this.preparing > 0) {
      m.setState("S", { what: "the preparation of other tasks" });
      yield* m.sleep();
    }
  }

  private prepared(): void {
    const { m, rec } = this.env.linux;
    if (--this.preparing > 0) return;
    this.state.recordFrom = rec.length;
    for (const task of this.waiting) m.sched.wake(task);
    for (const start of this.afterSetup) start();
  }

  private ended(): void {
    if (--this.running === 0) this.onDone();
  }

  // --- the device's own program ---------------------------------------------------------------

  private readonly afterSetup: (() => void)[] = [];

  private startDevice(): void {
    const actor = { comm: "device", pid: -1 };
    const events = (): void => {
      this.step(eventsOf(this.trace.events, actor)[Symbol.iterator](), () => this.ended());
    };
    if (this.trace.setup.length === 0) {
      events();
      return;
    }
    this.afterSetup.push(events);
    this.step(eventsOf(this.trace.setup, actor)[Symbol.iterator](), () => this.prepared());
  }

  /** Schedules the device's next event behind the present one. */
  private step(events: Iterator<TraceEvent>, end: () => void): void {
    const { m } = this.env.linux;
    const next = events.next();
    if (next.done === true) {
      end();
      return;
    }
    const { at, action } = next.value;
    const time = Math.max(m.now, at.relative ? m.now + at.ns : at.ns);
    m.schedule(time, () => {
      this.state.onEvent?.(next.value);
      if (isHappening(action)) makeHappen(this.env, action);
      this.step(events, end);
    });
  }

  private first(actor: Actor): TraceEvent | undefined {
    for (const items of [this.trace.setup, this.trace.events]) {
      for (const event of eventsOf(items, actor)) return event;
    }
    return undefined;
  }
}

/** The events of one actor, repetitions written out. */
function eventsOf(items: readonly Item[], actor: Actor): Generator<TraceEvent> {
  return expandItems(items, actor.pid);
}
