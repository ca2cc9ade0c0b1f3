// Larger recordings out of the samples: pages and lines repeated, times going on.

import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";

/** The benchmarks run from the folder of the project, wherever their bundle is. */
const samples = "test/fixtures/samples/";

/** The bytes of a sample, unpacked. */
export function sample(path: string): Uint8Array {
  const bytes = readFileSync(samples + path);
  return path.endsWith(".gz") ? gunzipSync(bytes) : bytes;
}

/** A version 6 file whose pages come `times` times, each time later. */
export function repeatTraceDat(file: Uint8Array, times: number): Uint8Array {
  const table = Buffer.from(file).lastIndexOf("flyrecord\0") + 10;
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const first = Number(view.getBigUint64(table, true));
  const cpus: { offset: number; size: number; entry: number }[] = [];
  for (let entry = table; entry + 16 <= first && cpus.length < 2; entry += 16) {
    cpus.push({
      entry,
      offset: Number(view.getBigUint64(entry, true)),
      size: Number(view.getBigUint64(entry + 8, true)),
    });
  }
  const out = new Uint8Array(first + cpus.reduce((n, c) => n + c.size * times, 0));
  out.set(file.subarray(0, first));
  const target = new DataView(out.buffer);
  let at = first;
  for (const cpu of cpus) {
    target.setBigUint64(cpu.entry, BigInt(at), true);
    target.setBigUint64(cpu.entry + 8, BigInt(cpu.size * times), true);
    for (let n = 0; n < times; n++) {
      out.set(file.subarray(cpu.offset, cpu.offset + cpu.size), at);
      for (let page = at; page < at + cpu.size; page += 4096) {
        const time = target.getBigUint64(page, true);
        if (time !== 0n) target.setBigUint64(page, time + BigInt(n) * 2_000_000_000n, true);
      }
      at += cpu.size;
    }
  }
  return out;
}

/** A text whose event lines come `times` times. */
export function repeatText(text: Uint8Array, times: number): Uint8Array {
  return Buffer.concat(Array.from({ length: times }, () => text));
}
