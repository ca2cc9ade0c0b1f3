// Which context an event ran in: interrupt, softirq, work item, task.

import { describe, expect, it } from "vitest";
import { ContextTracker, recorderEvents } from "../../src/timeline/event-stream.ts";
import { type EntryOptions, oneJob, TimelineWriter } from "../report/timeline.ts";

const labels = (w: TimelineWriter): string[] => {
  const tracker = new ContextTracker();
  return [...recorderEvents(w.rec)].map((e) => tracker.label(e));
};

const kworker: EntryOptions = { task: "kworker/0:1-9" };
const start = (w: TimelineWriter, name: string, o = kworker) =>
  w.at(0, "workqueue_execute_start", { work: 1, function: name }, o);
const end = (w: TimelineWriter, name: string, o = kworker) =>
  w.at(0, "workqueue_execute_end", { work: 1, function: name }, o);
const read = (w: TimelineWriter, o: EntryOptions) => w.at(0, "mmio_read", { reg: "GPU_ID" }, o);

describe("the context of an event", () => {
  it("is the interrupt, the work item or the task, along a job", () => {
    const w = new TimelineWriter();
    const job = oneJob(w);
    const at = labels(w);
    expect(at[job.init]).toBe("app");
    expect(at[job.done]).toBe("device");
    expect(at[job.entry]).toBe("hardirq panthor-job");
    expect(at[job.waking]).toBe("hardirq panthor-job");
    expect(at[job.queued]).toBe("irq/66-panthor-");
    expect(at[job.running]).toBe("group_sync_upd_work");
    expect(at[job.signalled]).toBe("group_sync_upd_work");
  });

  it("is a kworker's task outside its work items", () => {
    const w = new TimelineWriter();
    read(w, kworker);
    start(w, "tick_work");
    read(w, kworker);
    end(w, "tick_work");
    read(w, kworker);
    expect(labels(w)).toEqual([
      "kworker/0:1",
      "tick_work",
      "tick_work",
      "kworker/0:1",
      "kworker/0:1",
    ]);
  });

  it("is the innermost interrupt, per CPU", () => {
    const w = new TimelineWriter();
    const irq = (cpu: number, name: string) =>
      w.at(0, "irq_handler_entry", { irq: 1, name }, { in: "hardirq", cpu });
    const exit = (cpu: number) => w.at(0, "irq_handler_exit", { irq: 1 }, { in: "hardirq", cpu });
    irq(0, "hr timer");
    irq(0, "panthor-gpu");
    read(w, { in: "hardirq", cpu: 0 });
    read(w, { task: "app-1", cpu: 1 });
    irq(1, "panthor-mmu");
    read(w, { in: "hardirq", cpu: 1 });
    exit(0);
    read(w, { in: "hardirq", cpu: 0 });
    exit(0);
    read(w, { task: "app-1", cpu: 0 });
    expect(labels(w)).toEqual([
      "hardirq hr timer",
      "hardirq panthor-gpu",
      "hardirq panthor-gpu",
      "app",
      "hardirq panthor-mmu",
      "hardirq panthor-mmu",
      "hardirq hr timer",
      "hardirq hr timer",
      "device",
      "app",
    ]);
  });

  it("is the softirq, not the task or the work item it interrupts", () => {
    const w = new TimelineWriter();
    start(w, "tick_work");
    read(w, { ...kworker, in: "softirq" });
    read(w, { ...kworker, in: "hardirq" });
    expect(labels(w)).toEqual(["tick_work", "softirq", "tick_work"]);
  });

  it("keeps apart the work items of several kworkers", () => {
    const w = new TimelineWriter();
    const other = { task: "kworker/0:2-10" };
    start(w, "tick_work");
    start(w, "group_term_work", other);
    read(w, kworker);
    read(w, other);
    end(w, "tick_work");
    read(w, other);
    expect(labels(w).slice(2)).toEqual([
      "tick_work",
      "group_term_work",
      "kworker/0:1",
      "group_term_work",
    ]);
  });
});

it("events give fields by name, and refuse names that they do not have", () => {
  const w = new TimelineWriter();
  w.at(5, "mmio_write", { off: 4, val: 7, reg: "GPU_CMD" }, { task: "app-100", cpu: 1 });
  const [e] = recorderEvents(w.rec);
  expect([e.time, e.cpu, e.comm, e.pid, e.name]).toEqual([5, 1, "app", 100, "mmio_write"]);
  expect([e.num("off"), e.num("val"), e.str("reg")]).toEqual([4, 7, "GPU_CMD"]);
  expect(() => e.num("value")).toThrow("mmio_write has no field value");
});
