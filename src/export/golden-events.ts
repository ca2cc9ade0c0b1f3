// A golden's rows as the events that they were made from, as far as they hold them.

import type { FenceRow, Golden, RegisterRow } from "../golden/model.ts";
import type { StreamEvent } from "../timeline/event-stream.ts";

type Fields = Readonly<Record<string, number | string>>;

/** The events of a golden in order of time. */
export function goldenEvents(golden: Golden): StreamEvent[] {
  const out: StreamEvent[] = [];
  const add = (time: number, cpu: number, context: string, name: string, fields: Fields): void => {
    out.push(goldenEvent(time, cpu, context, name, fields, out.length));
  };
  for (const f of golden.fences) addFence(f, add);
  for (const r of golden.registers) addRegister(r, add);
  for (const { time, level, text } of golden.log) add(time, 0, "kernel", "printk", { level, text });
  return out.sort((a, b) => a.time - b.time);
}

type Add = (time: number, cpu: number, context: string, name: string, fields: Fields) => void;

function addFence(f: FenceRow, add: Add): void {
  const [context, seqno] = f.fence.split(":").map(Number);
  const { driver, timeline } = f;
  const names = { driver, timeline, context, seqno };
  const job = { context, seqno, ring: timeline, job_count: 0, hw_job_count: 0 };
  if (f.init >= 0) add(f.init, 0, "", "dma_fence_init", names);
  if (f.queued >= 0) add(f.queued, 0, "", "drm_sched_job_queue", job);
  if (f.run >= 0) add(f.run, 0, "", "drm_sched_job_run", job);
  if (f.signalled >= 0) {
    add(f.signalled, 0, f.by, "dma_fence_signaled", { ...names, error: f.error });
  }
}

function addRegister(r: RegisterRow, add: Add): void {
  const name = r.direction === "R" ? "mmio_read" : "mmio_write";
  const value = r.value === "-" ? "-" : `0x${r.value}`;
  add(r.time, r.cpu, r.context, name, {
    off: -1,
    val: r.value === "-" ? 0 : parseInt(r.value, 16),
    value,
    reg: r.register,
    fields: r.fields,
  });
}

function goldenEvent(
  time: number,
  cpu: number,
  context: string,
  name: string,
  fields: Fields,
  index: number,
): StreamEvent {
  return {
    time,
    cpu,
    comm: context,
    pid: -1,
    hardirq: context.startsWith("hardirq "),
    softirq: context === "softirq",
    name,
    index,
    num: (field) => Number(fields[field] ?? NaN),
    // The value as it stands in the golden: an address of the run is none.
    str: (field) => String((field === "val" ? fields["value"] : undefined) ?? fields[field] ?? ""),
  };
}
