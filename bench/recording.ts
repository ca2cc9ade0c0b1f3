// (g) Decoding recordings to timeline columns: events per second, against a bare loop over the
// bytes: splitting lines for text, walking page headers for trace.dat.

import { recordingOf } from "../src/recording/recording.ts";
import { repeatText, repeatTraceDat, sample } from "./recording-data.ts";
import { ratePerSecond, type BenchResult } from "./support.ts";

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

export function benchRecording(): BenchResult[] {
  const results: BenchResult[] = [];
  const add = (
    name: string,
    bytes: Uint8Array,
    bare: ((bytes: Uint8Array) => number) | null,
    goal: string,
  ): void => {
    const events = decode(bytes);
    const value = ratePerSecond(() => decode(bytes), events);
    const base = bare === null ? value : ratePerSecond(() => bare(bytes), events);
    results.push({ name: `recording/${name}`, value, unit: "events/s", ratio: value / base, goal });
  };
  const report = sample("ftrace/k7.2/dat/same.report-t.txt.gz");
  add("text-report", repeatText(report, times), splitLines, ">= 2.6 M events/s");
  const trace = sample("ftrace/k7.2/text/same-default.txt.gz");
  add("text-trace", repeatText(trace, times * 2), splitLines, ">= 2.6 M events/s");
  const dat = sample("ftrace/k7.2/dat/same-v6.dat.gz");
  add("trace.dat", repeatTraceDat(dat, times), walkPages, ">= 5 M events/s");
  add("perfetto", sample("gpu/drm-sched-k7.2/drmsched-basic.pftrace.gz"), null, "-");
  return results;
}
