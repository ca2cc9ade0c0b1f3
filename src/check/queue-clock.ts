// The time of each queue, less the time during which its stream waited for a sync object: nothing
// that the driver does can hurry that. One queue's wait stops no other's time.

import type { Recorder } from "../timeline/recorder.ts";

/** Streams of a group slot, at most. */
const streamsMax = 32;

/** A clock that stands still while its queue waits. */
class QueueClock {
  private stopped = 0;
  /** When the wait began; -1: it runs. */
  private since = -1;

  at(now: number): number {
    return (this.since >= 0 ? this.since : now) - this.stopped;
  }

  stop(now: number): void {
    if (this.since < 0) this.since = now;
  }

  go(now: number): void {
    if (this.since < 0) return;
    this.stopped += now - this.since;
    this.since = -1;
  }
}

/** Clocks by fence context, and which of them a stream is using. */
export class QueueClocks {
  private readonly byContext = new Map<number, QueueClock>();
  /** By group, which its suspend buffer stands for, and index in it. */
  private readonly groups = new Map<number, QueueClock[]>();
  /** By group slot: the clocks of the group on it. */
  private readonly slots: (QueueClock[] | undefined)[] = [];
  private readonly suspendBuf: number;
  private readonly syncWait: number;

  constructor(rec: Recorder) {
    this.suspendBuf = rec.str("suspend_buf");
    this.syncWait = rec.str("SYNC_WAIT");
  }

  /** queue_fences: a queue is made. Address and context can have been another's before. */
  made(context: number, group: number, cs: number): void {
    const clock = new QueueClock();
    this.byContext.set(context, clock);
    let clocks = this.groups.get(group);
    // A group is made from its first queue on.
    if (clocks === undefined || cs === 0) this.groups.set(group, (clocks = []));
    if (cs < streamsMax) clocks[cs] = clock;
  }

  /** iface_cfg: the firmware starts a group on a slot. */
  configured(slot: number, field: number, value: number): void {
    if (field === this.suspendBuf) this.slots[slot] = this.groups.get(value);
  }

  /** cs_state: a stream begins to wait, or to do something else. */
  changed(slot: number, cs: number, state: number, now: number): void {
    const clock = this.slots[slot]?.[cs];
    if (clock === undefined) return;
    if (state === this.syncWait) clock.stop(now);
    else clock.go(now);
  }

  /** The device is off: nothing waits on it. */
  off(now: number): void {
    for (const clock of this.byContext.values()) clock.go(now);
  }

  /** The time of the queue that makes fences of `context`. */
  at(context: number, now: number): number {
    return this.byContext.get(context)?.at(now) ?? now;
  }
}
