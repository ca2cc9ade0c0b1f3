// (e) The typed difference of two goldens of a million register accesses, with 50 and with 10,000
// differences, against GNU diff on the same text (CPU time): of goldens in memory, and with reading
// both files as GNU diff does.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { diffGoldens } from "../src/diff/typed.ts";
import { type Golden, goldenFormat, type RegisterRow } from "../src/golden/model.ts";
import { parseGolden } from "../src/golden/parse.ts";
import { printGolden } from "../src/golden/print.ts";
import { type BenchResult, cpuMs, median, shellCpuMs } from "./support.ts";

const entries = 1_000_000;
const runs = 3;
const registers = ["JOB_CONTROL.JOB_INT_CLEAR", "DOORBELL_3", "AS0.COMMAND", "GPU_CONTROL.GPU_CMD"];
const contexts = ["group_sync_upd_work", "irq/66-panthor-job", "drm_sched_run_job_work", "app"];

/** Pseudo-random numbers, the same in every run. */
function lcg(seed: number): () => number {
  let x = seed;
  return () => (x = (Math.imul(x, 1103515245) + 12345) >>> 0);
}

function rowsOf(): RegisterRow[] {
  const random = lcg(1);
  return Array.from({ length: entries }, (_, i): RegisterRow => {
    const r = random() >>> 16;
    return {
      time: i * 1000,
      cpu: 0,
      context: contexts[r & 3],
      direction: (r & 4) === 0 ? "R" : "W",
      register: registers[(r >> 3) & 3],
      value: ((r >> 5) & 0xff).toString(16).padStart(8, "0"),
      fields: "",
    };
  });
}

/** A copy with `count` rows changed, dropped or doubled, in turn. */
function changed(rows: readonly RegisterRow[], count: number): RegisterRow[] {
  const step = Math.floor(rows.length / count);
  const out: RegisterRow[] = [];
  rows.forEach((row, i) => {
    const turn = i % step === step >> 1 ? Math.floor(i / step) % 3 : -1;
    if (turn !== 1) out.push(turn === 0 ? { ...row, value: "deadbeef" } : row);
    if (turn === 2) out.push(row);
  });
  return out;
}

function goldenOf(rows: readonly RegisterRow[]): Golden {
  const header = {
    format: goldenFormat,
    trace: "bench",
    traceDigest: "00",
    revision: "linux-7.3",
    profile: "zero-cost",
    seed: 0,
  };
  return { header, fences: [], registers: rows, log: [] };
}

/** CPU time of GNU diff, ms; null where there is none (or no bash to time it). */
const gnuDiff = (dir: string): number | null => shellCpuMs("diff a b > out", dir, 1);

export function benchDiff(): BenchResult[] {
  const rows = rowsOf();
  const text = (list: readonly RegisterRow[]): string => printGolden(goldenOf(list));
  const read = (file: string): Golden => parseGolden(readFileSync(file, "utf8"), file);
  const dir = mkdtempSync(join(tmpdir(), "panthor-bench-"));
  const results: BenchResult[] = [];
  try {
    const [fileA, fileB] = [join(dir, "a"), join(dir, "b")];
    writeFileSync(fileA, text(rows));
    for (const count of [50, 10_000]) {
      const other = changed(rows, count);
      writeFileSync(fileB, text(other));
      const own: number[] = [];
      const withReading: number[] = [];
      const gnu: number[] = [];
      for (let i = 0; i < runs; i++) {
        own.push(cpuMs(() => diffGoldens(goldenOf(rows), goldenOf(other))));
        withReading.push(cpuMs(() => diffGoldens(read(fileA), read(fileB))));
        const ms = gnuDiff(dir);
        if (ms !== null) gnu.push(ms);
      }
      for (const [name, times] of [
        [`diff/1M-${count}-differences`, own],
        [`diff/1M-${count}-differences-with-reading`, withReading],
      ] as const) {
        const value = median(times);
        const ratio = gnu.length === 0 ? NaN : value / median(gnu);
        results.push({ name, value, unit: "ms CPU", ratio, goal: "<= 10x GNU diff" });
      }
    }
  } finally {
    rmSync(dir, { recursive: true });
  }
  return results;
}
