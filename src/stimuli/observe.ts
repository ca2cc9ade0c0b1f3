// One pass over a recording, event by event: what programs do (marks and what happens between
// them), and what shows of the device. Only calls, streams and groups are kept, so memory stays
// flat however long the recording is.

import { ContextTracker, type StreamEvent } from "../timeline/event-stream.ts";
import type { Facts } from "./facts.ts";
import { CallObserver } from "./observe-calls.ts";
import { DeviceObserver } from "./observe-device.ts";
import { LatencyObserver } from "./observe-latencies.ts";
import { separateHandles } from "./reused-handles.ts";
import { probedCall } from "./probe-events.ts";

const jiffiesKept = 64;

export class Observer {
  readonly facts: Facts = {
    firstNs: -1,
    lastNs: 0,
    events: 0,
    cpus: 1,
    scenario: "",
    tasks: new Map(),
    groups: new Map(),
    code: new Map(),
    rings: new Map(),
    data: new Map(),
    rewritten: 0,
    tables: new Set(),
    awake: null,
    chunks: new Map(),
    lockEvents: false,
    latencies: new Map(),
    jiffies: [],
    jobTimes: new Map(),
  };
  private readonly calls = new CallObserver(this.facts);
  private readonly device = new DeviceObserver(this.facts);
  private readonly latencies = new LatencyObserver(this.facts);
  private readonly tracker = new ContextTracker();
  /** Events at the same time as the one before, on the same CPU. */
  private together = 0;
  private lastTime = -1;
  private stopped = false;

  /** Takes the next event. */
  event(e: StreamEvent): void {
    if (this.stopped) return;
    const { facts } = this;
    if (e.name === "tracing_mark_write" || e.name === "user_mark" || e.name === "ioctl_begin") {
      const took = this.calls.mark(e);
      if (took === "start") {
        facts.events = this.together = 0;
        facts.firstNs = -1;
      } else if (took === "stop") this.stopped = true;
      if (facts.firstNs < 0) facts.firstNs = e.time;
      facts.lastNs = Math.max(facts.lastNs, e.time);
      return;
    }
    const probed = probedCall(e);
    if (probed !== null) {
      if (facts.firstNs < 0) facts.firstNs = e.time;
      facts.lastNs = Math.max(facts.lastNs, e.time);
      this.calls.probed(e, probed);
      return;
    }
    facts.events++;
    if (facts.firstNs < 0) facts.firstNs = e.time;
    if (e.time === this.lastTime) this.together++;
    this.lastTime = e.time;
    facts.lastNs = Math.max(facts.lastNs, e.time);
    facts.cpus = Math.max(facts.cpus, e.cpu + 1);
    this.tracker.label(e);
    this.calls.event(e);
    this.device.event(e);
    this.latencies.event(e);
    if (e.name === "timer_start" && facts.jiffies.length < jiffiesKept) {
      facts.jiffies.push({ jiffies: e.num("expires") - e.num("timeout"), ns: e.time });
    }
  }

  /** Code takes no time in this recording: it ran against a virtual clock. */
  get virtualClock(): boolean {
    return this.together * 2 > this.facts.events;
  }

  finish(): Facts {
    this.calls.finish();
    separateHandles(this.facts);
    return this.facts;
  }
}
