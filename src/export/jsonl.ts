// Events as JSON lines: one object an event, fields by the names that the timeline gives them.

import { eventFields, type EventSource, isRegisterAccess, registerAccess } from "./events.ts";
import type { Write } from "./writer.ts";

export function writeJsonl(source: EventSource, write: Write): void {
  for (const { n, event, context, cause } of source.events()) {
    const { time, cpu, comm, pid, name, hardirq, softirq } = event;
    const access = isRegisterAccess(event) ? registerAccess(event, source.registers) : null;
    const line = {
      n,
      timeNs: time,
      cpu,
      task: comm,
      pid,
      context,
      ...(hardirq ? { hardirq } : {}),
      ...(softirq ? { softirq } : {}),
      ...(cause < 0 ? {} : { cause }),
      event: name,
      ...(access === null ? {} : { access }),
      fields: Object.fromEntries(eventFields(event)),
    };
    write(`${JSON.stringify(line)}\n`);
  }
}
