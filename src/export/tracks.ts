// Events as slices and instants on tracks, for trace viewers: who runs on each CPU, what each context
// does, interrupts and their lines, fences, CSG slots, firmware and registers. Causes are links from
// the event that led to another.

import type { StreamEvent } from "../timeline/event-stream.ts";
import { type EventSource, fenceOf, registerAccess, type SourceEvent } from "./events.ts";
import type { Args, Group, Track, TrackItem } from "./track-item.ts";

const noArgs: Args = [];

/** Goes through a source and tells what is on which track when. Slices on one track nest. */
export class TrackModel {
  private readonly tracks = new Map<string, Track>();
  /** Names of the open slices of each track, by id. */
  private readonly open = new Map<number, string[]>();
  private readonly running = new Map<number, Track>();
  private readonly pending = new Map<string, Track>();
  /** Fence tracks by timeline that no fence is on now. */
  private readonly free = new Map<string, Track[]>();
  private readonly wakings = new Map<number, number>();
  private time = 0;

  constructor(private readonly source: EventSource) {}

  *items(): Generator<TrackItem> {
    let n = 0;
    for (const e of this.source.events()) {
      n = e.n;
      this.time = Math.max(this.time, e.event.time);
      yield* this.itemsOf(e);
    }
    // What never ended lasts to the end.
    for (const track of this.tracks.values()) {
      for (let left = this.open.get(track.id)?.length ?? 0; left > 0; left--) {
        yield* this.end(track, n);
      }
    }
  }

  private *itemsOf({ n, event: e, context, cause }: SourceEvent): Generator<TrackItem> {
    switch (e.name) {
      case "mmio_read":
      case "mmio_write": {
        const { register, value, fields } = registerAccess(e, this.source.registers);
        const direction = e.name === "mmio_read" ? "R" : "W";
        const args: Args = [
          ["context", context],
          ["value", value],
          ...(fields === "" ? [] : [["fields", fields] as const]),
        ];
        const what = `${direction} ${value}${fields === "" ? "" : ` ${fields}`}`;
        yield this.instant(this.track("Registers", register), what, args, n);
        const short = register.slice(register.indexOf(".") + 1);
        yield this.instant(this.contextTrack(e, context), `${direction} ${short}`, args, n);
        return;
      }
      case "sched_switch":
        return yield* this.switchTask(e, n);
      case "sched_waking":
        this.wakings.set(e.num("pid"), n);
        yield this.instant(
          this.contextTrack(e, context),
          `wake ${e.str("comm")}`,
          noArgs,
          n,
          cause,
        );
        return;
      case "irq_handler_entry": {
        const name = e.str("name") === "" ? `irq ${e.num("irq")}` : e.str("name");
        yield this.begin(this.interrupts(e), name, [["irq", e.num("irq")]], n, cause);
        return;
      }
      case "irq_handler_exit":
        return yield* this.end(this.interrupts(e), n);
      case "softirq_entry":
        yield this.begin(this.interrupts(e), `softirq ${e.str("action")}`, noArgs, n);
        return;
      case "softirq_exit":
        return yield* this.end(this.interrupts(e), n);
      case "irq_raise":
      case "irq_lower": {
        const track = this.track("Interrupt lines", e.str("line"));
        const high = (this.open.get(track.id)?.length ?? 0) > 0;
        if (e.name === "irq_raise" && !high) yield this.begin(track, "raised", noArgs, n, cause);
        else if (e.name === "irq_lower") yield* this.end(track, n);
        return;
      }
      case "workqueue_queue_work": {
        const name = `queue ${e.str("function")}`;
        yield this.instant(this.contextTrack(e, context), name, [["on", e.str("workqueue")]], n);
        return;
      }
      case "workqueue_execute_start":
        yield this.begin(this.taskTrack(e), e.str("function"), noArgs, n, cause);
        return;
      case "workqueue_execute_end":
        return yield* this.end(this.taskTrack(e), n);
      case "ioctl_begin":
        yield this.begin(this.taskTrack(e), `ioctl ${e.str("name")}`, [["args", e.str("args")]], n);
        return;
      case "ioctl_end":
        return yield* this.end(this.taskTrack(e), n);
      case "timer_expire_entry": {
        const name = `timer ${e.str("function")}`;
        yield this.instant(this.contextTrack(e, context), name, noArgs, n, cause);
        return;
      }
      case "printk": {
        const [text] = e.str("text").split("\n");
        const args: Args = [["level", e.str("level")]];
        yield this.instant(this.track("Kernel log", "dmesg"), text, args, n);
        return;
      }
      default:
        if (fenceOf(e) !== null) yield* this.fenceItems(e, context, n, cause);
        else yield* this.deviceItems(e, n, cause);
    }
  }

  private *fenceItems(
    e: StreamEvent,
    context: string,
    n: number,
    cause: number,
  ): Generator<TrackItem> {
    const fence = fenceOf(e)!;
    const args: Args = [["by", context]];
    switch (e.name) {
      case "dma_fence_init":
        yield* this.openFence(fence, `${e.str("driver")} ${e.str("timeline")}`, args, n);
        break;
      case "drm_sched_job_queue":
      case "drm_sched_job_run": {
        // Before 6.17 a job's fence is known to the scheduler only.
        if (!this.pending.has(fence)) yield* this.openFence(fence, e.str("ring"), args, n);
        const what = e.name === "drm_sched_job_queue" ? "queued" : "run";
        yield this.instant(this.pending.get(fence)!, `${what} ${fence}`, args, n);
        yield this.instant(this.contextTrack(e, context), `${what} job ${fence}`, noArgs, n);
        break;
      }
      case "drm_sched_job_done":
      case "dma_fence_signaled": {
        if (e.name === "dma_fence_signaled") {
          yield this.instant(this.contextTrack(e, context), `signal ${fence}`, noArgs, n);
        }
        const track = this.pending.get(fence);
        if (track === undefined) break;
        yield this.instant(track, `signalled ${fence}`, args, n, cause);
        yield* this.end(track, n);
        this.pending.delete(fence);
        const name = track.name;
        this.free.set(name, [...(this.free.get(name) ?? []), track]);
        break;
      }
    }
  }

  private *openFence(fence: string, timeline: string, args: Args, n: number): Generator<TrackItem> {
    const name = `${timeline} ${fence.slice(0, fence.indexOf(":"))}`;
    // Fences of a timeline overlap without nesting: each pending one has a track of that name.
    const track = this.free.get(name)?.pop() ?? this.newTrack("Fences", name);
    this.pending.set(fence, track);
    yield this.begin(track, fence, args, n);
  }

  private *deviceItems(e: StreamEvent, n: number, cause: number): Generator<TrackItem> {
    switch (e.name) {
      case "fw_ack":
        if (e.str("field") === "CSG_ACK") yield* this.slotState(e, n, cause);
        yield this.firmware(e, e.str("field"), n, cause);
        break;
      case "host_req":
      case "fw_seen":
      case "fw_event":
        yield this.firmware(e, e.str("field"), n, e.name === "fw_event" ? cause : -1);
        break;
      case "cs_state":
        yield this.firmware(e, `${e.str("state")}`, n, -1);
        break;
      case "sync_write":
        yield this.firmware(e, `sync object = ${e.num("new")}`, n, cause);
        break;
      case "as_fault": {
        const track = this.track("Firmware and GPU", `as${e.num("as")}`);
        yield this.instant(track, `fault at 0x${e.num("va").toString(16)}`, noArgs, n, cause);
        break;
      }
    }
  }

  private firmware(e: StreamEvent, what: string, n: number, from: number): TrackItem {
    const [csg, cs] = [e.num("csg"), e.num("cs")];
    const where = csg < 0 ? "global" : cs < 0 ? `csg${csg}` : `csg${csg} cs${cs}`;
    return this.instant(
      this.track("Firmware and GPU", where),
      `${e.name} ${what}`,
      noArgs,
      n,
      from,
    );
  }

  /** A slot runs a group from the answer to start or resume to that to suspend or terminate. */
  private *slotState(e: StreamEvent, n: number, cause: number): Generator<TrackItem> {
    const track = this.track("CSG slots", `csg${e.num("csg")}`);
    const state = e.num("ack") & 7;
    const runs = (this.open.get(track.id)?.length ?? 0) > 0;
    if (state === 1 || state === 3) {
      const name = state === 1 ? "started" : "resumed";
      if (!runs) yield this.begin(track, name, noArgs, n, cause);
    } else if (runs) yield* this.end(track, n);
  }

  private *switchTask(e: StreamEvent, n: number): Generator<TrackItem> {
    const cpu = this.track("CPUs", `CPU ${e.cpu}`);
    const before = this.running.get(e.cpu);
    if (before !== undefined) yield* this.end(before, n);
    this.running.delete(e.cpu);
    const pid = e.num("next_pid");
    if (pid === 0) return;
    const waking = this.wakings.get(pid) ?? -1;
    this.wakings.delete(pid);
    yield this.begin(cpu, `${e.str("next_comm")}-${pid}`, noArgs, n, waking);
    this.running.set(e.cpu, cpu);
  }

  private interrupts(e: StreamEvent): Track {
    return this.track("CPUs", `CPU ${e.cpu} interrupts`);
  }

  private taskTrack(e: StreamEvent): Track {
    return this.track("Contexts", e.pid < 0 ? e.comm : `${e.comm}-${e.pid}`);
  }

  /** Where what an event's context does is shown. */
  private contextTrack(e: StreamEvent, context: string): Track {
    if (context.startsWith("hardirq ") || context === "softirq") return this.interrupts(e);
    return this.taskTrack(e);
  }

  private track(group: Group, name: string): Track {
    return this.tracks.get(`${group} ${name}`) ?? this.newTrack(group, name);
  }

  private newTrack(group: Group, name: string): Track {
    const id = this.tracks.size + 1;
    const track = { id, group, name: name === "" ? "(unnamed)" : name };
    const key = `${group} ${name}`;
    this.tracks.set(this.tracks.has(key) ? `${key} #${id}` : key, track);
    return track;
  }

  private instant(track: Track, name: string, args: Args, n: number, from = -1): TrackItem {
    return { phase: "instant", track, time: this.time, name, args, n, from };
  }

  private begin(track: Track, name: string, args: Args, n: number, from = -1): TrackItem {
    const open = this.open.get(track.id);
    if (open === undefined) this.open.set(track.id, [name]);
    else open.push(name);
    return { phase: "begin", track, time: this.time, name, args, n, from };
  }

  /** Ends the innermost slice, if there is one: its beginning may not have been recorded. */
  private *end(track: Track, n: number): Generator<TrackItem> {
    const name = this.open.get(track.id)?.pop();
    if (name === undefined) return;
    yield { phase: "end", track, time: this.time, name, args: noArgs, n, from: -1 };
  }
}
