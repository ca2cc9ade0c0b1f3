// Lines of a recording in the form of a timeline's, for comparisons that ignore times.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import type { Machine } from "../../src/machine/core/machine.ts";
import { kindNames } from "../../src/timeline/kinds.ts";

const fixtures = join(import.meta.dirname, "../fixtures/recordings/linux-7.3");
const pattern = /^\s*(.+)-\d+\s+\[\d+\] \S{5}\s+\d+\.\d{9}: (\w+): (.*)$/;

/** `context event what` of an entry, null for one that is not compared. */
type Line = string | null;

const hex = (text: string): string => Number(text).toString(16);

/** A page address of the kernel that made the recording. */
const address = /TRANSTAB/;

function recordedLine(comm: string, event: string, args: string): Line {
  const field = (name: string): string => new RegExp(`${name}=(\\S+)`).exec(args)?.[1] ?? "";
  switch (event) {
    case "mmio_read":
    case "mmio_write": {
      const reg = field("reg");
      return `${comm} ${event} ${reg}${address.test(reg) ? "" : ` ${hex(field("val"))}`}`;
    }
    case "console":
      return `${comm} printk ${args}`;
    case "clk_enable":
    case "clk_disable":
      return `${comm} ${event} ${args}`;
    case "rpm_status":
      return `${comm} ${event} ${/RPM_\w+/.exec(args)![0]}`;
    default:
      return null;
  }
}

/** Lines of a fixture, from its first to its last. */
export function recordedLines(scenario: string): string[] {
  const text = gunzipSync(readFileSync(join(fixtures, scenario, "trace.txt.gz"))).toString();
  const lines: string[] = [];
  for (const row of text.split("\n")) {
    const match = pattern.exec(row);
    const line = match === null ? null : recordedLine(match[1].trim(), match[2], match[3]);
    if (line !== null) lines.push(line);
  }
  return lines;
}

/** The same lines of a timeline, from entry `from` on. */
export function replayedLines(m: Machine, from = 0): string[] {
  const { rec } = m;
  const lines: string[] = [];
  for (let i = from; i < rec.length; i++) {
    const { comm, pid } = rec.contexts[rec.ctx(i)];
    const context = pid === 0 ? "<idle>" : comm;
    const kind = kindNames[rec.kind(i)];
    const text = (name: string): string => String(rec.field(i, name));
    switch (kind) {
      case "mmio_read":
      case "mmio_write": {
        const reg = text("reg");
        const value = address.test(reg) ? "" : ` ${Number(rec.field(i, "val")).toString(16)}`;
        lines.push(`${context} ${kind} ${reg}${value}`);
        break;
      }
      case "printk":
        lines.push(`${context} printk ${text("text")}`);
        break;
      case "clk_enable":
      case "clk_disable":
        lines.push(`${context} ${kind} ${text("clk")}`);
        break;
      case "rpm_status":
        lines.push(`${context} ${kind} ${text("status")}`);
        break;
      default:
        break;
    }
  }
  return lines;
}
