// Parts of event lines that the preparation and the events share.

import { groupName, type GroupPlan, vmName } from "./groups.ts";
import type { BufferPlan } from "./memory.ts";
import { printSize } from "../trace/units.ts";

/** Places the streams of a buffer: those known beforehand, or those that name a heap. */
export function bufferWrites(buffer: BufferPlan, late: boolean): string[] {
  return buffer.streams
    .filter(({ stream }) => stream.late === late)
    .map(({ stream, offset }) => {
      const where = offset === 0 ? "" : ` offset=${printSize(offset)}`;
      return `bo_write: bo=${buffer.name}${where} stream=${stream.name}`;
    });
}

/** Fields of `group_create`. */
export function createGroupFields(group: GroupPlan): string {
  const priority = group.priority === "medium" ? "" : ` priority=${group.priority}`;
  const queues = group.queues.map(({ priority: p, ringBytes }) => {
    const fields = [
      p === 1 ? "" : `priority=${p}`,
      ringBytes === 4096 ? "" : `ring=${printSize(ringBytes)}`,
    ].filter((f) => f !== "");
    return ` queue={${fields.join(" ")}}`;
  });
  return `group=${groupName(group.handle)} vm=${vmName(group.vm)}${priority}${queues.join("")}`;
}

/** Creates a buffer, writes its streams, and maps it where it was mapped before. */
export function bufferLines(buffer: BufferPlan): string[] {
  const { name, vm, size, va } = buffer;
  const lines = [`bo_create: bo=${name} size=${printSize(size)} vm=${vmName(vm)}`];
  if (buffer.streams.length > 0) lines.push(`bo_mmap_offset: bo=${name}`);
  lines.push(...bufferWrites(buffer, false));
  if (va !== null) {
    const where = `va=0x${va.toString(16)} size=${printSize(size)}`;
    lines.push(`vm_bind: vm=${vmName(vm)} op=map bo=${name} ${where}`);
  }
  return lines;
}
