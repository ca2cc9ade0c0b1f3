// A recording as a trace script: what was found in it, written as YAML.

import type { Recording } from "../recording/recording.ts";
import { Clones } from "./clones.ts";
import type { Call, Facts, TaskFacts } from "./facts.ts";
import { EventLines } from "./event-lines.ts";
import { foldLines } from "./fold.ts";
import { planWorld, prioritiesDiffer } from "./groups.ts";
import { heapAddresses, planHeap } from "./heap.ts";
import { hzOf, latenciesOf, type Latency } from "./latencies.ts";
import { fillSubmits } from "./job-sites.ts";
import { markNumber } from "./mark.ts";
import { MemoryPlanner } from "./memory.ts";
import { type Note, noteLines, Notes } from "./notes.ts";
import { Observer } from "./observe.ts";
import { setupLines } from "./setup-lines.ts";
import { planSyncCreations } from "./sync-creations.ts";
import { SyncPoints } from "./sync-points.ts";
import { headOf } from "./gaps.ts";
import { printDuration } from "../trace/units.ts";

/** What a recording was found to be. */
export interface Stimuli {
  readonly facts: Facts;
  readonly hz: number;
  readonly cpus: number;
  readonly virtualClock: boolean;
  readonly calls: number;
  readonly latencies: readonly Latency[];
  readonly notes: readonly Note[];
  /** The trace, with the time that it starts at and how long its preparation is drawn out. */
  readonly script: (timing: Timing) => string;
}

export interface Timing {
  readonly startNs: number;
  /** CPU time at the end of the preparation, so that the timeline begins when the recording did. */
  readonly drawnOutNs: number;
}

const usualHz = 250;
const restMinNs = 1_000;
/**
 * How long the program has slept when the recording begins: long enough for the device to be
 * suspended. It shows in the turns that tasks take, which depend on what ran before.
 */
const idleBeforeNs = [200_000_000, 400_000_000] as const;

/**
 * Reads a recording once. Where what it shows can mean two things, all readings that are possible,
 * the simplest first: the replay that agrees best decides. Throws `RecordingError`.
 */
export function readStimuli(
  recording: Recording,
  usual: ReadonlyMap<string, number>,
  name: string,
): Stimuli[] {
  const observer = new Observer();
  for (const batch of recording.batches({ reuse: true })) {
    for (let i = 0; i < batch.length; i++) observer.event(batch.event(i));
  }
  const facts = observer.finish();
  const { virtualClock } = observer;
  const notes = new Notes();
  const hz = hzOf(facts);
  if (hz === null) {
    notes.guess(`HZ: ${usualHz}`, 1, "jiffies round timeouts; no timer of the recording shows it");
  }
  const latencies = latenciesOf(facts, usual, virtualClock).filter(
    ({ name: n, ns }) => usual.get(n) !== ns,
  );
  const found = { hz: hz ?? usualHz, virtualClock, latencies, name };
  const ranks = prioritiesDiffer(facts) ? [false, true] : [false];
  const idles = virtualClock && facts.awake !== true ? idleBeforeNs : idleBeforeNs.slice(0, 1);
  return idles.flatMap((idleNs) =>
    ranks.map((ranked) => write(facts, { ...found, notes: notes.copy(), ranked, idleNs })),
  );
}

interface Found {
  readonly hz: number;
  readonly virtualClock: boolean;
  readonly latencies: readonly Latency[];
  readonly notes: Notes;
  readonly name: string;
  /** Groups have the priorities that the order of slots suggests, instead of all the same. */
  readonly ranked: boolean;
  readonly idleNs: number;
}

function write(facts: Facts, found: Found): Stimuli {
  const { hz, virtualClock, latencies, notes, name } = found;
  const tasks = [...facts.tasks.values()].filter((t) => t.calls.length > 0);
  const calls = tasks.flatMap((t) => t.calls).sort((a, b) => a.index - b.index);
  fillSubmits(calls, facts.rings, notes);
  const world = planWorld(facts, calls, found.ranked, notes);
  const grown = calls.filter((c) => c.name !== "TILER_HEAP_DESTROY").flatMap((c) => c.locked);
  const heap = planHeap(calls, [...grown, ...facts.chunks.values()], notes);
  const names = heapAddresses(calls);
  const memory = new MemoryPlanner(facts, calls, world, names, notes).plan();
  const syncs = new SyncPoints(calls, notes).plan();

  const clones = new Clones(facts.tasks, notes);

  const first = calls.at(0);
  const profiling = first?.name === "profiling" ? markNumber(first.before[0], "mask") : null;
  const has = (n: string): boolean => calls.some((c) => c.name === n);
  const creations = planSyncCreations(calls, syncs);
  const made = {
    plug: has("plug"),
    open: opensFirst(calls),
    vm: has("VM_CREATE"),
    profiling,
    idleNs: found.idleNs,
  };
  const setup = setupLines(facts, made, world, memory, creations.existing, notes);
  const lines = new EventLines({ world, memory, syncs, creations, heap, clones, hz, notes }, setup);
  const written = new Map<Call, string[]>();
  for (const call of calls) {
    const skip = call === first && profiling !== null;
    written.set(call, skip ? [] : lines.lines(call));
  }
  const body = foldLines(eventLines(tasks, calls, written, facts, virtualClock), "  ");
  const swap = has("shrink") && calls.some((c) => c.name === "shrink" && c.locked.length > 0);
  const actor = tasks.length === 0 ? "app-1" : actorOf(tasks[0]);

  const script = ({ startNs, drawnOutNs }: Timing): string => {
    const prepared = setup.lines.map((l) => `${actor} +0: ${l}`);
    if (prepared.length > 0 && drawnOutNs > 0) {
      prepared.push(`${actor} +0: compute: for=${printDuration(drawnOutNs)}`);
    }
    return [
      "# yaml-language-server: $schema=../docs/trace.schema.json",
      ...noteLines(notes.all).map((l) => `# ${l}`),
      "version: 1",
      `name: ${JSON.stringify(name)}`,
      "description: >-",
      ...wrap(describe(facts, calls, virtualClock), "  "),
      ...(facts.cpus === 1 ? [] : [`cpus: ${facts.cpus}`]),
      ...(hz === usualHz ? [] : [`hz: ${hz}`]),
      `profile: ${profileOf(facts, virtualClock)}`,
      `start: ${seconds(startNs)}`,
      ...(swap ? ["options:", "  swap: 64MiB"] : []),
      ...budgets(facts),
      ...faults(latencies),
      ...(memory.streams.length === 0 ? [] : ["streams:"]),
      ...memory.streams.flatMap(({ name: n, lines: code }) =>
        code.length === 0 ? [`  ${n}: []`] : [`  ${n}: |`, ...code.map((c) => `    ${c}`)],
      ),
      ...(prepared.length === 0 ? [] : ["setup:", ...foldLines(prepared, "  ")]),
      ...(body.length === 0 ? ["events: []"] : ["events:", ...body]),
      "",
    ].join("\n");
  };
  return {
    facts,
    hz,
    cpus: facts.cpus,
    virtualClock,
    calls: calls.length,
    latencies,
    notes: notes.all,
    script,
  };
}

function profileOf(facts: Facts, virtualClock: boolean): string {
  if (!virtualClock) return "host-clock";
  return facts.lockEvents ? "zero-cost-lock-events" : "zero-cost";
}

/** The render node is opened before anything is done with it. */
function opensFirst(calls: readonly Call[]): boolean {
  const open = calls.findIndex((c) => c.name === "open");
  const used = calls.findIndex((c) => /^[A-Z]/.test(c.name));
  return open >= 0 && (used < 0 || open < used);
}

function eventLines(
  tasks: readonly TaskFacts[],
  calls: readonly Call[],
  written: ReadonlyMap<Call, string[]>,
  facts: Facts,
  virtualClock: boolean,
): string[] {
  const out: string[] = [];
  const byPid = new Map(tasks.map((t) => [t.pid, t]));
  for (const call of calls) {
    const task = byPid.get(call.pid)!;
    const pin = facts.cpus > 1 && task.cpu >= 0 && call === task.calls[0];
    const cpu = pin ? ` [${String(task.cpu).padStart(3, "0")}]` : "";
    const own = written.get(call)!;
    const { before, at, after } = headOf(call, own, virtualClock);
    const line = (when: string, text: string): string => `${actorOf(task)}${cpu} ${when}: ${text}`;
    out.push(...before.map((b) => line("+0", b)));
    own.forEach((text, i) => out.push(line(i === 0 ? at : "+0", text)));
    out.push(...after.map((a) => line("+0", a)));
  }
  // What the device and the driver still do when the programs are done.
  const last = calls.at(-1);
  if (last !== undefined && last.ended && facts.lastNs - last.endNs >= restMinNs) {
    const rest = printDuration(facts.lastNs - last.endNs);
    out.push(`${actorOf(byPid.get(last.pid)!)} +${rest}: record_stop:`);
  }
  return out;
}

function actorOf({ comm, pid }: TaskFacts): string {
  const safe = comm.replace(/[^\w./:-]/g, "_").slice(0, 15);
  return `${safe === "" ? "task" : safe}-${Math.max(1, pid)}`;
}

function faults(latencies: readonly Latency[]): string[] {
  if (latencies.length === 0) return [];
  return [
    "faults:",
    ...latencies.map(({ name, ns }) => `  - "latency: of=${name} for=${printDuration(ns)}"`),
  ];
}

/** The default budgets are for scenarios written by hand. */
function budgets(facts: Facts): string[] {
  const time = facts.lastNs - facts.firstNs + 30e9;
  const entries = facts.events * 4;
  const lines: string[] = [];
  if (time > 60e9) lines.push(`  time: ${Math.ceil(time / 1e9)}s`);
  if (entries > 2_000_000) lines.push(`  entries: ${entries}`);
  return lines.length === 0 ? [] : ["budgets:", ...lines];
}

function describe(facts: Facts, calls: readonly Call[], virtualClock: boolean): string {
  const ms = ((facts.lastNs - facts.firstNs) / 1e6).toFixed(1);
  const jobs = calls
    .filter((c) => c.name === "GROUP_SUBMIT")
    .reduce((n, c) => n + c.before.length, 0);
  const binds = calls.filter((c) => c.name === "VM_BIND").length;
  const what = [
    `${calls.filter((c) => c.name !== "mark").length} calls`,
    ...(jobs > 0 ? [`${jobs} jobs`] : []),
    ...(binds > 0 ? [`${binds} binds`] : []),
  ].join(", ");
  const scenario = facts.scenario === "" ? "" : ` of scenario ${facts.scenario}`;
  return (
    `Written from a recording${scenario}: ${what} in ${ms} ms. ` +
    (virtualClock ? "It ran against a virtual clock." : "CPU times are those of the profile.")
  );
}

function wrap(text: string, indent: string): string[] {
  const out: string[] = [];
  let line = indent;
  for (const word of text.split(" ")) {
    if (line.length + word.length > 98 && line.trim() !== "") {
      out.push(line.trimEnd());
      line = indent;
    }
    line += `${word} `;
  }
  out.push(line.trimEnd());
  return out;
}

function seconds(ns: number): string {
  const whole = Math.floor(ns / 1e9);
  return `${whole}.${String(ns - whole * 1e9).padStart(9, "0")}`;
}
