// Happenings that the recorder injected into its device, by the names of its controls.

import { type MarkArgs, markNumber } from "./mark.ts";
import type { Notes } from "./notes.ts";
import { printDuration } from "../trace/units.ts";

const lines: Readonly<Record<string, (value: number) => string | null>> = {
  fw_dead: (v) => (v === 0 ? null : "fw_dead:"),
  boot_fail: (v) => `boot_fail: count=${v}`,
  as_stuck: (v) => (v === 0 ? null : `as_stuck: mask=0x${v.toString(16)}`),
  pte_ns: (v) => `latency: of=pte_write for=${printDuration(v)}`,
  irq_delay_ns: (v) => `latency: of=irq_delay for=${printDuration(v)}`,
  flush_stuck: (v) => (v === 0 ? null : "flush_stuck:"),
};

/** The event of an injection; none, and a note, for one that the format does not have. */
export function injectionLine(args: MarkArgs, notes: Notes): string[] {
  const name = args.get("name") ?? "";
  const value = markNumber(args, "value") ?? 0;
  const write = Object.hasOwn(lines, name) ? lines[name] : undefined;
  const line = write?.(value) ?? null;
  if (line !== null) return [line];
  notes.lost(`injections of ${name}`, 1, "the device behaves as if nothing was injected");
  return [];
}
