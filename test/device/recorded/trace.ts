// Reads the lines of an ftrace text recording that concern the device.

import { existsSync, readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";

/** One line: time in ns, event name, the text behind it. */
export interface TraceLine {
  readonly time: number;
  readonly event: string;
  readonly text: string;
  readonly fields: ReadonlyMap<string, string>;
}

const wanted = new Set([
  "mmio_read",
  "mmio_write",
  "irq_raise",
  "irq_lower",
  "irq_deliver",
  "host_req",
  "fw_seen",
  "fw_ack",
  "fw_event",
  "iface_cfg",
  "dev_state",
  "cs_instr",
  "cs_state",
  "sync_write",
  "as_fault",
  "tracing_mark_write",
  "irq_handler_entry",
]);

const pattern = /\[\d+\] \S+ +(\d+)\.(\d{9}): (\w+): (.*)$/;

export function parseLine(line: string): TraceLine | null {
  const m = pattern.exec(line);
  if (m === null || !wanted.has(m[3])) return null;
  if (m[3] === "irq_handler_entry" && !line.includes("name=hr timer")) return null;
  const fields = new Map<string, string>();
  for (const [, k, v] of m[4].matchAll(/(\w+)=(\S+)/g)) fields.set(k, v);
  return { time: Number(m[1]) * 1e9 + Number(m[2]), event: m[3], text: m[4], fields };
}

/** The device's lines of the recording in `folder` (trace.txt or trace.txt.gz). */
export function readTrace(folder: string): TraceLine[] {
  const plain = `${folder}/trace.txt`;
  const text = existsSync(plain)
    ? readFileSync(plain, "utf8")
    : gunzipSync(readFileSync(`${plain}.gz`)).toString("utf8");
  return parseTrace(text);
}

export function parseTrace(text: string): TraceLine[] {
  const lines: TraceLine[] = [];
  for (const line of text.split("\n")) {
    const parsed = parseLine(line);
    if (parsed !== null) lines.push(parsed);
  }
  return lines;
}

export function number(line: TraceLine, field: string): number {
  return Number(line.fields.get(field));
}
