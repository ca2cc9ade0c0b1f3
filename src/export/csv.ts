// Events as comma-separated values (RFC 4180): one line an event, with what most tables are made of
// in columns of their own and everything else as `key=value` pairs.

import {
  type EventSource,
  fenceOf,
  fieldsText,
  isRegisterAccess,
  registerAccess,
} from "./events.ts";
import type { Write } from "./writer.ts";

const header = [
  "n",
  "time_ns",
  "cpu",
  "task",
  "pid",
  "context",
  "cause",
  "event",
  "fence",
  "register",
  "value",
  "decoded",
  "fields",
];

/** Lines end with CR LF, as the standard says. */
const newline = "\r\n";

export function writeCsv(source: EventSource, write: Write): void {
  write(header.join(",") + newline);
  for (const { n, event, context, cause } of source.events()) {
    const access = isRegisterAccess(event) ? registerAccess(event, source.registers) : null;
    const cells = [
      n,
      event.time,
      event.cpu,
      event.comm,
      event.pid,
      context,
      cause < 0 ? "" : cause,
      event.name,
      fenceOf(event) ?? "",
      access?.register ?? "",
      access?.value ?? "",
      access?.fields ?? "",
      fieldsText(event),
    ];
    write(cells.map(cell).join(",") + newline);
  }
}

function cell(value: number | string): string {
  const text = String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
