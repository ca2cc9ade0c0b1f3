// Causes, on small timelines.

import { describe, expect, it } from "vitest";
import { causeChain, causePath } from "../../src/timeline/causality.ts";
import { oneJob, TimelineWriter } from "../report/timeline.ts";

describe("the chain of causes", () => {
  it("goes from the signal back to the system call", () => {
    const w = new TimelineWriter();
    const job = oneJob(w);
    const { ioctl, write, done, raise, entry, waking, queued, running, signalled } = job;
    const chain = causeChain(w.rec, signalled);
    const event = done + 1;
    expect(chain).toEqual([
      ...[signalled, running, queued, waking, entry, raise, event, done, write, ioctl],
    ]);
  });

  it("ends at a system call, however that came about", () => {
    const w = new TimelineWriter();
    const woken = w.at(0, "sched_waking", { comm: "app", pid: 100 });
    const ioctl = w.at(1, "ioctl_begin", { name: "VM_BIND" }, { task: "app-100", cause: woken });
    const log = w.at(2, "printk", { level: "warn", text: "x" }, { task: "app-100", cause: ioctl });
    expect(causeChain(w.rec, log)).toEqual([log, ioctl]);
  });

  it("ends where an entry would be its own cause, and is bounded", () => {
    const w = new TimelineWriter();
    const self = w.at(0, "printk", { level: "warn", text: "x" }, { cause: 0 });
    expect(causeChain(w.rec, self)).toEqual([self]);
    let last = self;
    for (let i = 1; i < 500; i++) last = w.at(i, "printk", { level: "warn" }, { cause: last });
    expect(causeChain(w.rec, last).length).toBeLessThan(100);
  });
});

describe("the path of causes", () => {
  it("names who led to an entry, nearest first, back to the GPU", () => {
    const w = new TimelineWriter();
    expect(causePath(w.rec, oneJob(w).signalled)).toEqual([
      "group_sync_upd_work",
      "irq/66-panthor-",
      "hardirq panthor-job",
      "fw CSG_SYNC",
      "sync_write csg0 cs2",
    ]);
  });

  it("is cut to the number of actors asked for", () => {
    const w = new TimelineWriter();
    expect(causePath(w.rec, oneJob(w).signalled, 2)).toEqual([
      "group_sync_upd_work",
      "irq/66-panthor-",
    ]);
  });

  it("leaves out which kworker was woken, and ends at the system call", () => {
    const w = new TimelineWriter();
    const ioctl = w.at(0, "ioctl_begin", { name: "GROUP_SUBMIT" }, { task: "app-100" });
    const woken = w.at(1, "sched_waking", { comm: "kworker/u4:1", pid: 21 }, { cause: ioctl });
    const entry = w.at(2, "printk", { level: "warn" }, { task: "kworker/u4:1-21", cause: woken });
    expect(causePath(w.rec, entry)).toEqual(["ioctl GROUP_SUBMIT"]);
  });
});
