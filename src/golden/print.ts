// Golden files as text: a header of `# key: value` lines, then sections of one entry a line.
// Readable in a mail, stable under git diff. Times are microseconds with three decimals.

import type { FenceRow, Golden, LogRow, RegisterRow } from "./model.ts";
import { printRegisters } from "./repeats.ts";

/** Nanoseconds as microseconds with three decimals. */
export function formatUs(ns: number): string {
  const sign = ns < 0 ? "-" : "";
  const abs = Math.abs(ns);
  return `${sign}${Math.floor(abs / 1000)}.${String(abs % 1000).padStart(3, "0")}`;
}

/**
 * The text of a golden; `parseGolden` (parse.ts) reads it back. `command` reproduces it, where that
 * is known.
 */
export function printGolden(golden: Golden, command?: string): string {
  const { header, declared = [] } = golden;
  const lines = [
    `# panthor-replay golden ${header.format}`,
    `# trace: ${header.trace} ${header.traceDigest}`,
    `# revision: ${header.revision}`,
    `# profile: ${header.profile}`,
    `# seed: ${header.seed}`,
    ...(command === undefined ? [] : [`# reproduce: ${command}`]),
    "# times: microseconds from the start of the comparison",
    "",
    ...(declared.length === 0
      ? []
      : ["[incidental]", ...declared.map((d) => `${d.what}: ${d.reason}`), ""]),
    "[fences]",
    ...golden.fences.map(printFence),
    "",
    "[registers]",
    ...printRegisters(golden.registers, printRegister, formatUs),
    "",
    "[log]",
    ...golden.log.map(printLog),
  ];
  return `${lines.join("\n")}\n`;
}

export function printFence(f: FenceRow): string {
  const us = (ns: number): string => (f.untimed === true ? "~" : formatUs(ns));
  const parts = [f.fence, quote(f.driver), quote(f.timeline), `init=${us(f.init)}`];
  if (f.queued >= 0) parts.push(`queued=${us(f.queued)}`);
  if (f.run >= 0) parts.push(`run=${us(f.run)}`);
  if (f.signalled >= 0) {
    parts.push(`signalled=${us(f.signalled)}`, `error=${f.error}`, `by=${quote(f.by)}`);
    if (f.path.length > 0) parts.push(`path=${quote(f.path.join(" < "))}`);
    if (f.stages.length > 0) {
      parts.push(`stages=${f.stages.map(([n, ns]) => `${n}+${formatUs(ns)}`).join(",")}`);
    }
  } else parts.push("pending");
  return parts.join(" ");
}

export function printRegister(r: RegisterRow): string {
  const fields = r.fields === "" ? "" : ` ${r.fields}`;
  const value = r.value === "-" || r.value === "~" ? r.value : `0x${r.value}`;
  const time = r.untimed === true ? "~" : formatUs(r.time);
  return `${time} ${r.cpu} ${quote(r.context)} ${r.direction} ${r.register} ${value}${fields}`;
}

export function printLog(l: LogRow): string {
  // Reports of several lines, and what would read back as a quoted text.
  const text = /^"|[\n\r]/.test(l.text) ? JSON.stringify(l.text) : l.text;
  return `${formatUs(l.time)} ${l.level} ${text}`;
}

function quote(s: string): string {
  return /^[^\s"]+$/.test(s) ? s : JSON.stringify(s);
}
