// One timeline entry as one line of text, in the manner of ftrace.

import { kindFields, kindNames } from "./kinds.ts";
import { flagHardirq, flagIrqsOff, flagNeedResched, flagSoftirq } from "./recorder.ts";
import type { Recorder } from "./recorder.ts";

/** `comm-pid [cpu] flags seconds: event: key=value …`. */
export function describeEntry(rec: Recorder, index: number): string {
  const { comm, pid } = rec.contexts[rec.ctx(index)];
  const task = pid < 0 ? comm : `${comm}-${pid}`;
  const cpu = String(rec.cpu(index)).padStart(3, "0");
  const name = kindNames[rec.kind(index)];
  return (
    `${task.padStart(20)} [${cpu}] ${flagText(rec.flags(index))} ` +
    `${formatSeconds(rec.time(index))}: ${name}: ${describeFields(rec, index)}`
  );
}

/** The fields of an entry as `key=value` pairs. */
export function describeFields(rec: Recorder, index: number): string {
  return kindFields[rec.kind(index)]
    .map(([field, type], n) => {
      const v = rec.arg(index, n);
      if (type === "str") return `${field}=${rec.string(v)}`;
      if (type === "hex") return `${field}=0x${v.toString(16)}`;
      if (type === "hex32") return `${field}=0x${(v >>> 0).toString(16).padStart(8, "0")}`;
      return `${field}=${v}`;
    })
    .join(" ");
}

function flagText(flags: number): string {
  const mode = (flags & flagHardirq) !== 0 ? "h" : (flags & flagSoftirq) !== 0 ? "s" : ".";
  return (
    ((flags & flagIrqsOff) !== 0 ? "d" : ".") + ((flags & flagNeedResched) !== 0 ? "n" : ".") + mode
  );
}

/** `seconds.nanoseconds`. */
export function formatSeconds(ns: number): string {
  const seconds = Math.floor(ns / 1e9);
  return `${seconds}.${String(ns - seconds * 1e9).padStart(9, "0")}`;
}
