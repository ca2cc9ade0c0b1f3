// The lines of a recorded trace, as the replays of test/machine need them. Recordings that are not
// fixtures are looked for in the folder named by PANTHOR_RECORDINGS.

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";

export interface TraceLine {
  readonly number: number;
  readonly timeNs: number;
  readonly comm: string;
  readonly pid: number;
  /** irqs-off, need-resched, hardirq/softirq, preempt depth, migrate-disable. */
  readonly flags: string;
  readonly event: string;
  readonly args: string;
  readonly text: string;
}

const pattern = /^\s*(.+)-(\d+)\s+\[\d+\] (\S{5})\s+(\d+)\.(\d{9}): (\w+): (.*)$/;

export function parseTrace(text: string): TraceLine[] {
  const lines: TraceLine[] = [];
  text.split("\n").forEach((row, i) => {
    const match = pattern.exec(row);
    if (match === null) return;
    const [, comm, pid, flags, s, ns, event, args] = match;
    lines.push({
      number: i + 1,
      timeNs: Number(s) * 1e9 + Number(ns),
      comm,
      pid: Number(pid),
      flags,
      event,
      args,
      text: row.trim(),
    });
  });
  return lines;
}

/** The line happened in a hardirq or softirq. */
export function inIrq(line: TraceLine): boolean {
  return line.flags[2] !== ".";
}

export function needResched(line: TraceLine): boolean {
  return line.flags[1] === "n" || line.flags[1] === "N";
}

/** `a=b c=d` of a sched event; comm may hold spaces and colons but no `=`. */
export function schedFields(args: string): { comm: string; pid: number; prio: number } {
  const [, comm, pid, prio] = /^comm=(.+) pid=(\d+) prio=(\d+) target_cpu=\d+$/.exec(args)!;
  return { comm, pid: Number(pid), prio: Number(prio) };
}

export interface Switch {
  readonly prevPid: number;
  readonly prevPrio: number;
  readonly prevState: string;
  readonly comm: string;
  readonly pid: number;
  readonly prio: number;
}

const switching = new RegExp(
  "^prev_comm=.+ prev_pid=(\\d+) prev_prio=(\\d+) prev_state=(\\S+) ==> " +
    "next_comm=(.+) next_pid=(\\d+) next_prio=(\\d+)$",
);

export function switchFields(args: string): Switch {
  const [, prevPid, prevPrio, prevState, comm, pid, prio] = switching.exec(args)!;
  return {
    prevPid: Number(prevPid),
    prevPrio: Number(prevPrio),
    prevState,
    comm,
    pid: Number(pid),
    prio: Number(prio),
  };
}

const fixtures = join(dirname(fileURLToPath(import.meta.url)), "../fixtures/recordings/linux-7.3");

function readFolder(folder: string): string {
  const plain = join(folder, "trace.txt");
  if (existsSync(plain)) return readFileSync(plain, "utf8");
  return gunzipSync(readFileSync(`${plain}.gz`)).toString("utf8");
}

/** A fixture of another set than linux-7.3. */
export function fixtureOf(set: string, name: string): TraceLine[] {
  return parseTrace(readFolder(join(fixtures, "..", set, name)));
}

/** A recording that is part of the repository. */
export function fixture(name: string): TraceLine[] {
  return parseTrace(readFolder(join(fixtures, name)));
}

const external = process.env.PANTHOR_RECORDINGS;

/** Folder names of the one-CPU recordings on this machine; none when the folder is not there. */
export function externalRecordings(): string[] {
  if (external === undefined || !existsSync(external)) return [];
  return readdirSync(external, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && !entry.name.endsWith("--smp2"))
    .map((entry) => entry.name);
}

export function externalRecording(name: string): TraceLine[] {
  return parseTrace(readFolder(join(external!, name)));
}
