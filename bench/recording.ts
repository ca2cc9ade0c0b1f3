// (g) Decoding recordings to timeline columns: events per second, against a bare loop over the
// bytes (splitting lines for text, walking page headers for trace.dat), and against
// `trace-cmd report` of the same trace.dat where trace-cmd is installed. CPU time.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { recordingOf } from "../src/recording/recording.ts";
import { repeatText, repeatTraceDat, sample } from "./recording-data.ts";
import { type BenchResult, cpuMs, median, shellCpuMs } from "./support.ts";

const times = 60;

/** All events of a recording, decoded; returns how many. */
function decode(bytes: Uint8Array): number {
  let events = 0;
  for (const batch of recordingOf(bytes, "bench").batches({ reuse: true })) events += batch.length;
  return events;
}

/** Lines of a text, found and nothing else. */
function splitLines(text: Uint8Array): number {
  let lines = 0;
  const b = Buffer.from(text.buffer, text.byteOffset, text.byteLength);
  for (let at = 0; at < b.length; lines++) {
    const end = b.indexOf(0x0a, at);
    at = end < 0 ? b.length : end + 1;
  }
  return lines;
}

/** Event headers of ring buffer pages, walked and nothing else. */
function walkPages(file: Uint8Array): number {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const first = Number(view.getBigUint64(Buffer.from(file).lastIndexOf("flyrecord\0") + 10, true));
  let events = 0;
  for (let page = first; page + 4096 <= file.length; page += 4096) {
    const end = page + 16 + (view.getUint32(page + 8, true) & 0x7ff_ffff);
    let time = view.getUint32(page, true);
    for (let at = page + 16; at < end;) {
      const word = view.getUint32(at, true);
      const type = word & 31;
      time += word >>> 5;
      if (type >= 30) at += 8;
      else if (type === 29) break;
      else {
        at += 4 + (type > 0 ? type * 4 : (view.getUint32(at + 4, true) + 3) & ~3);
        events += time < 0 ? 0 : 1;
      }
    }
  }
  return events;
}

const runs = 5;

/** Events per second of CPU time: the median of several runs after one. */
function rate(work: () => void, events: number): number {
  work();
  return (events * 1000) / median(Array.from({ length: runs }, () => cpuMs(work)));
}

/** The same of `trace-cmd report`, null where there is none. */
function traceCmdRate(dat: Uint8Array, events: number): number | null {
  const dir = mkdtempSync(join(tmpdir(), "panthor-replay-bench-"));
  try {
    const file = join(dir, "trace.dat");
    writeFileSync(file, dat);
    const command = `trace-cmd report ${file} > /dev/null 2>&1`;
    const times = Array.from({ length: runs }, () => shellCpuMs(command, dir));
    return times.includes(null) ? null : (events * 1000) / median(times as number[]);
  } finally {
    rmSync(dir, { recursive: true });
  }
}

export function benchRecording(): BenchResult[] {
  const results: BenchResult[] = [];
  const dat = repeatTraceDat(sample("ftrace/k7.2/dat/same-v6.dat.gz"), times);
  const traceCmd = traceCmdRate(dat, decode(dat));
  const add = (
    name: string,
    bytes: Uint8Array,
    bare: ((bytes: Uint8Array) => number) | null,
    goal: string,
  ): void => {
    const events = decode(bytes);
    const value = rate(() => decode(bytes), events);
    const base = bare === null ? value : rate(() => bare(bytes), events);
    const unit = "events/s";
    results.push({ name: `recording/${name}`, value, unit, ratio: value / base, goal: "-" });
    if (traceCmd === null || bare === null) return;
    const against = `recording/${name}-to-trace-cmd`;
    results.push({ name: against, value, unit, ratio: value / traceCmd, goal });
  };
  const report = sample("ftrace/k7.2/dat/same.report-t.txt.gz");
  add("text-report", repeatText(report, times), splitLines, ">= 3");
  const trace = sample("ftrace/k7.2/text/same-default.txt.gz");
  add("text-trace", repeatText(trace, times * 2), splitLines, ">= 3");
  add("trace.dat", dat, walkPages, ">= 5");
  add("perfetto", sample("gpu/drm-sched-k7.2/drmsched-basic.pftrace.gz"), null, "-");
  if (traceCmd !== null) {
    const name = "recording/trace-cmd-report";
    results.push({ name, value: traceCmd, unit: "events/s", ratio: 1, goal: "reference" });
  }
  return results;
}
