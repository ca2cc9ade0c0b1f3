// Damaged recordings: whatever the damage, a decoder ends with a located error or without one, in
// bounded time, and never with another exception.

import { describe, expect, it } from "vitest";
import { recordingOf, RecordingError } from "../../src/recording/recording.ts";
import { fixture } from "./samples.ts";
import { writeTraceDat } from "./write-trace-dat.ts";

const eventsMax = 1_000_000;

/** Reads all that there is; returns how many events, and the error's text. */
function read(bytes: Uint8Array): { events: number; error: string | null } {
  let events = 0;
  try {
    for (const batch of recordingOf(bytes, "damaged").batches({ reuse: true })) {
      for (let i = 0; i < batch.length; i += 97) {
        const e = batch.event(i);
        const type = batch.types[batch.type[i]];
        for (const [field] of type.fields) expect(batch.field(i, field)).toBeDefined();
        if (type.kind < 0) batch.field(i, "function");
        expect(e.comm.length + e.name.length).toBeGreaterThanOrEqual(0);
      }
      events += batch.length;
      expect(events).toBeLessThan(eventsMax);
    }
    return { events, error: null };
  } catch (error) {
    if (!(error instanceof RecordingError)) throw error;
    expect(error.message).toMatch(/^damaged:( byte 0x[0-9a-f]+|\d+): ./);
    return { events, error: error.message };
  }
}

/** A generator of numbers that needs no more than to be the same each time (xorshift32). */
function random(seed: number): (below: number) => number {
  let x = seed | 1;
  return (below) => {
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    return (x >>> 0) % below;
  };
}

const small = Array.from({ length: 200 }, (_, n) => ({
  time: 1e9 + n * 1000,
  cpu: n & 1,
  pid: 7,
  context: n,
  seqno: n,
  driver: "x".repeat(n),
}));
const written = { big: false, longSize: 8, pageSize: 4096, cpus: 2 } as const;

const targets: Readonly<Record<string, Uint8Array>> = {
  "trace.dat v6": fixture("ftrace/k7.2/dat/same-v6.dat.gz"),
  "trace.dat v6, small": writeTraceDat(small, { ...written, version: 6, compression: "none" }),
  "trace.dat v7, zlib, small": writeTraceDat(small, {
    ...written,
    version: 7,
    compression: "zlib",
  }),
  "trace.dat v7, zstd": fixture("ftrace/k7.2/dat/dropped.dat"),
  Perfetto: fixture("ftrace/k7.2/perfetto/compact.pftrace.gz"),
  text: fixture("gpu/fences-k7.2/fences-run1.report-t.txt.gz"),
  "latency text": fixture("ftrace/k6.1/same-latency.txt.gz"),
  "perf script": fixture("ftrace/k7.2/perf/script-mono-ns.txt.gz"),
};

describe("damaged recordings", () => {
  for (const [name, whole] of Object.entries(targets)) {
    it(`${name}: bits flipped`, () => {
      const next = random(whole.length);
      for (let n = 0; n < 60; n++) {
        const bytes = new Uint8Array(whole);
        // Early bytes steer most; half of the flips go there.
        const within = n % 2 === 0 ? Math.min(whole.length, 4096) : whole.length;
        for (let flips = next(6) + 1; flips > 0; flips--) bytes[next(within)] ^= 1 << next(8);
        read(bytes);
      }
    });

    it(`${name}: giant numbers`, () => {
      const next = random(whole.length + 1);
      for (let n = 0; n < 40; n++) {
        const bytes = new Uint8Array(whole);
        const at = next(n % 2 === 0 ? Math.min(whole.length, 2048) : whole.length);
        bytes.fill(n % 3 === 0 ? 0x7f : 0xff, at, at + 1 + next(9));
        read(bytes);
      }
    });

    it(`${name}: cut off keeps what is before`, () => {
      const all = read(whole);
      expect(all.error).toBeNull();
      let most = 0;
      for (let part = 1; part < 16; part++) {
        const { events } = read(whole.subarray(0, Math.floor((whole.length * part) / 16)));
        expect(events).toBeLessThanOrEqual(all.events);
        most = Math.max(most, events);
      }
      // A version 7 file is nothing without the options at its end.
      if (!name.includes("v7")) expect(most).toBeGreaterThan(all.events / 2);
    });

    it(`${name}: pieces repeated and swapped`, () => {
      const next = random(whole.length + 2);
      for (let n = 0; n < 20; n++) {
        const a = next(whole.length);
        const b = next(whole.length);
        const size = next(Math.min(whole.length, 5000));
        const bytes = new Uint8Array(whole);
        bytes.set(whole.subarray(a, a + Math.min(size, whole.length - b)), b);
        read(bytes);
      }
    });
  }

  it("tells a ring of option sections", () => {
    const bytes = Buffer.from(
      writeTraceDat(small, { ...written, version: 7, compression: "none" }),
    );
    const first = Number(bytes.readBigUInt64LE(24));
    // The last option of the first section leads to itself.
    bytes.writeBigUInt64LE(BigInt(first), bytes.length - 8);
    expect(read(bytes).error).toMatch(/ring|section/);
  });

  it("says what a file is that it cannot read", () => {
    expect(read(fixture("ftrace/k7.2/perf/perf-g.data.gz")).error).toContain("perf script");
    expect(read(fixture("ftrace/k7.2/text/function_graph.txt")).error).toContain("function_graph");
    expect(read(Buffer.from([0x7f, 0x45, 0x4c, 0x46, 0, 0])).error).toContain("not a recording");
    expect(read(Buffer.from("hello world\n")).error).toBe("damaged:1: not an ftrace event line");
    expect(read(Buffer.from([0x1f, 0x8b, 8, 0, 1])).error).toContain("broken gzip");
    expect(read(new Uint8Array())).toEqual({ events: 0, error: null });
  });
});
