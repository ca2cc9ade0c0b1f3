// Behaviour of the real 7.3 driver that is not fixed upstream, as far as is known: recordings show
// it, so the model must show it too. Each is an assertion on the unchanged driver.

import { recorderEvents, type StreamEvent } from "../timeline/event-stream.ts";
import type { CorpusRun } from "./run.ts";

export interface Observation {
  readonly id: string;
  readonly title: string;
  /** Where the real driver was seen to do it. */
  readonly source: string;
  readonly trace: string;
  /** What shows it, as text; null when the model does not. */
  readonly show: (run: CorpusRun) => string | null;
}

const jiffyNs = 4_000_000;

const events = ({ result }: CorpusRun): StreamEvent[] => [
  ...recorderEvents(result.rec, result.from, result.to),
];

/** Most ticks in one jiffy. */
function tickStorm(run: CorpusRun): string | null {
  const perJiffy = new Map<number, number>();
  for (const e of events(run)) {
    if (e.name !== "workqueue_execute_start" || e.str("function") !== "tick_work") continue;
    const jiffy = Math.floor(e.time / jiffyNs);
    perJiffy.set(jiffy, (perJiffy.get(jiffy) ?? 0) + 1);
  }
  const most = Math.max(0, ...perJiffy.values());
  return most >= 100 ? `${most} ticks in one jiffy` : null;
}

/** L2_READY is read once after L2_PWRON, while the L2 is still off. */
function l2NotAwaited({ golden }: CorpusRun): string | null {
  const rows = golden.registers;
  const on = rows.findIndex((r) => r.direction === "W" && r.register.endsWith("L2_PWRON_LO"));
  const ready = rows.findIndex((r, i) => i > on && r.register.endsWith("L2_READY_LO"));
  if (on < 0 || ready < 0 || Number.parseInt(rows[ready].value, 16) !== 0) return null;
  const next = rows.slice(ready + 1).find((r) => !/L2_READY/.test(r.register));
  const reads = rows.slice(ready, next === undefined ? undefined : rows.indexOf(next));
  const low = reads.filter((r) => r.register.endsWith("L2_READY_LO")).length;
  return low === 1 ? "one read of L2_READY, which is 0, ends the wait" : null;
}

/** No VM_BIND touches the usage count of the device. */
function bindWithoutPower(run: CorpusRun): string | null {
  let inside = false;
  let binds = 0;
  for (const e of events(run)) {
    if (e.name === "ioctl_begin" && e.str("name") === "VM_BIND") {
      inside = true;
      binds++;
    } else if (e.name === "ioctl_end") inside = false;
    else if (inside && e.name.startsWith("rpm_")) return null;
  }
  return binds > 0 ? `${binds} VM_BINDs, none takes a runtime PM reference` : null;
}

function signalsMissingSyncobj({ log }: CorpusRun): string | null {
  return log.find((line) => line.includes("NULL pointer dereference")) ?? null;
}

/** The fence of a bind whose flush is stuck signals without error, before the reset begins. */
function stuckFlushUnreported(run: CorpusRun): string | null {
  const fence = run.golden.fences.find((f) => f.timeline === "panthor-vm-bind" && f.signalled >= 0);
  if (fence === undefined || fence.error !== 0) return null;
  const { rec, from } = run.result;
  const start = from < rec.length ? rec.time(from) : 0;
  for (const e of events(run)) {
    if (e.name !== "workqueue_execute_start") continue;
    if (e.str("function") !== "panthor_device_reset_work") continue;
    const reset = e.time - start;
    if (reset < fence.signalled) return null;
    return `fence ${fence.fence} signals without error ${(reset - fence.signalled) / 1000} us before`;
  }
  return null;
}

/** An address space is given to the next VM with a region of the last one still locked. */
function lockSurvivesReset({ golden }: CorpusRun): string | null {
  let reset = false;
  const locked = new Set<string>();
  for (const { direction, register, fields } of golden.registers) {
    if (direction !== "W") continue;
    if (register.endsWith("GPU_CMD") && fields.includes("RESET")) reset = true;
    const as = /\.(AS\d+)_/.exec(register)?.[1];
    if (!reset || as === undefined) continue;
    if (register.endsWith("_COMMAND")) {
      if (fields.includes("UNLOCK")) locked.delete(as);
      else if (fields.includes("LOCK")) locked.add(as);
    } else if (register.endsWith("_TRANSTAB_LO") && locked.has(as)) {
      return `${as} gets its next owner with a region still locked`;
    }
  }
  return null;
}

export const observations: readonly Observation[] = [
  {
    id: "tick-storm",
    title: "A tick in the jiffy of its own target repeats until the jiffy ends",
    source: "recording 05a-oversub-12-same-prio",
    trace: "05a-oversub-12-same-prio",
    show: tickStorm,
  },
  {
    id: "l2-not-awaited",
    title: "L2 power-on does not wait: its condition holds for 0",
    source: "recording 01-probe",
    trace: "01-probe",
    show: l2NotAwaited,
  },
  {
    id: "bind-without-power",
    title: "VM_BIND takes no runtime PM reference",
    source: "recording 06-runtime-pm",
    trace: "06-runtime-pm",
    show: bindWithoutPower,
  },
  {
    id: "missing-syncobj-oops",
    title: "GROUP_SUBMIT that signals a missing syncobj dies of a NULL pointer",
    source: "Linux 6.12 and 7.3",
    trace: "corpus/signal-missing-syncobj",
    show: signalsMissingSyncobj,
  },
  {
    id: "stuck-flush-unreported",
    title: "A stuck flush at the end of a bind is not reported by its fence",
    source: "recording mmu-flush-stuck-async",
    trace: "corpus/stuck-flush-in-bind",
    show: stuckFlushUnreported,
  },
  {
    id: "lock-survives-reset",
    title: "A region locked between soft reset and slot release stays locked",
    source: "recording mmu-sync-between-reset-and-release",
    trace: "corpus/bind-during-reset",
    show: lockSurvivesReset,
  },
];
