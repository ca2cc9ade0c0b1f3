// One text for a device event, from a recording's line or from the timeline.

import type { Recorder } from "../../../src/timeline/recorder.ts";
import { kindFields, kindNames } from "../../../src/timeline/kinds.ts";
import type { TraceLine } from "./trace.ts";

const driver = new Set(["mmio_write"]);

function values(line: TraceLine): string[] {
  const { fields, event, text } = line;
  const get = (k: string): number => Number(fields.get(k));
  switch (event) {
    case "mmio_read":
      return [fields.get("reg")!, hex(get("val"))];
    case "irq_raise":
    case "irq_lower":
    case "irq_deliver":
      return [fields.get("line")!, hex(get("rawstat")), hex(get("mask"))];
    case "host_req":
    case "fw_seen":
    case "fw_ack":
    case "fw_event":
      return [
        ...["csg", "cs"].map((k) => fields.get(k)!),
        fields.get("field")!,
        ...["req", "ack", "diff"].map((k) => hex(get(k))),
      ];
    case "iface_cfg":
      return [fields.get("csg")!, fields.get("cs")!, fields.get("field")!, hex(get("val"))];
    case "dev_state":
      return [text.split(" ")[0], hex(get("a")), hex(get("b"))];
    case "cs_instr": {
      const word = BigInt(fields.get("word")!);
      const fake = word >> 56n >= 0xe0n;
      return [
        fields.get("csg")!,
        fields.get("cs")!,
        fields.get("in_call")!,
        hex(get("pc")),
        fake ? "0x0" : hex(Number(word >> 32n)),
        fake ? "0x0" : hex(Number(word & 0xffffffffn)),
      ];
    }
    case "cs_state":
      return ["csg", "cs", "state", "extract", "insert"].map((k) => fields.get(k)!);
    case "sync_write":
      return [
        ...["csg", "cs", "as"].map((k) => fields.get(k)!),
        hex(get("va")),
        fields.get("old")!,
        fields.get("new")!,
        hex(get("status")),
      ];
    case "as_fault":
      return [fields.get("as")!, hex(get("va")), hex(get("status"))];
    default:
      return [];
  }
}

const hex = (n: number): string => `0x${n.toString(16)}`;

export function format(line: TraceLine): string {
  return [line.event, ...values(line)].join(" ");
}

/** Appends the timeline's entries from `from` on. */
export function drain(rec: Recorder, from: number, out: string[]): void {
  for (let i = from; i < rec.length; i++) {
    const kind = rec.kind(i);
    const name = kindNames[kind];
    if (driver.has(name)) continue;
    const parts: string[] = [name];
    kindFields[kind].forEach(([field, type], n) => {
      const v = rec.arg(i, n);
      if (name === "mmio_read" && field === "off") return;
      if (name === "cs_instr" && field === "op") return;
      if (type === "str") parts.push(rec.string(v));
      else parts.push(type === "int" ? String(v) : hex(v));
    });
    if (name === "mmio_read") [parts[1], parts[2]] = [parts[2], parts[1]];
    out.push(parts.join(" "));
  }
}
