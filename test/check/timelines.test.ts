// Each invariant on timelines made by hand: it flags the bad one, at the entry that is bad, and
// says nothing of the good one.

import { describe, expect, it } from "vitest";
import { Checks, allChecks, describeFinding } from "../../src/check/checks.ts";
import { asCommand, mmuAsBase, mmuAsStride } from "../../src/device/registers/mmu.ts";
import { K } from "../../src/timeline/kinds.ts";
import { Recorder } from "../../src/timeline/recorder.ts";

/** A recorder with the checks on it, and short words for what the fixtures need. */
class Timeline {
  readonly rec = new Recorder();
  readonly checks = new Checks(this.rec);

  at(ns: number): this {
    this.rec.at.now = ns;
    return this;
  }
  fence(
    kind: "init" | "signaled" | "destroy",
    seqno: number,
    driver = "panthor",
    context = 5,
  ): number {
    const id = K[`dma_fence_${kind}`];
    return this.rec.emit(id, this.rec.str(driver), this.rec.str("q"), context, seqno);
  }
  enable(seqno: number, driver: string): number {
    const { rec } = this;
    return rec.emit(K.dma_fence_enable_signal, rec.str(driver), rec.str("q"), 5, seqno);
  }
  clk(on: boolean, name = "mali-core"): number {
    return this.rec.emit(on ? K.clk_enable : K.clk_disable, this.rec.str(name));
  }
  read(offset: number, value = 0): number {
    return this.rec.emit(K.mmio_read, offset, value, this.rec.str("REG"));
  }
  write(offset: number, value: number): number {
    return this.rec.emit(K.mmio_write, offset, value, this.rec.str("REG"));
  }
  unmap(table: number, iova: number, size: number): number {
    return this.rec.emit(K.pgtable_unmap, table, iova, size);
  }
  csgStart(slot: number, buffer: number): number {
    return this.rec.emit(K.iface_cfg, slot, -1, this.rec.str("suspend_buf"), buffer);
  }
  csgAck(slot: number, ack: number): number {
    return this.rec.emitLong(K.fw_ack, slot, -1, this.rec.str("CSG_ACK"), ack, ack, 0);
  }
  /** A queue of the group with this suspend buffer, whose fences are of `context`. */
  queue(context: number, buffer: number, cs = 0): number {
    return this.rec.emit(K.queue_fences, context, buffer, cs);
  }
  csState(slot: number, state: string, cs = 0): number {
    return this.rec.emitLong(K.cs_state, slot, cs, this.rec.str(state), 0, 0);
  }
  log(text: string): number {
    return this.rec.log("warn", text);
  }
  /** Check and entry of each finding. */
  get found(): (readonly [string, number])[] {
    return this.checks.findings.map(({ check, entry }) => [check, entry] as const);
  }
}

const as = (nr: number, offset: number): number => mmuAsBase + nr * mmuAsStride + offset;
const transtab = 0x0;
const lockaddr = 0x10;
const command = 0x18;
const status = 0x28;

function powered(): Timeline {
  const t = new Timeline();
  t.clk(true);
  return t;
}

describe("powered-blocks", () => {
  const l2On = 0x1a0;
  const gpuCmd = 0x30;
  const mcuControl = 0x700;
  const doorbell = 0x90000;
  const pwrCommandReg = 0x828;

  it("flags an MCU without L2, a doorbell without MCU, and accesses during a soft reset", () => {
    const t = powered();
    const start = t.write(mcuControl, 2);
    t.write(l2On, 1);
    t.write(mcuControl, 0);
    const ring = t.write(doorbell, 1);
    t.write(gpuCmd, 0x101);
    t.read(0x20);
    const early = t.read(0x704);
    t.rec.emit(K.dev_state, t.rec.str("reset_done"), 0, 0);
    t.read(0x704);
    expect(t.found.map(([, entry]) => entry)).toEqual([start, ring, early]);
    expect(new Set(t.found.map(([check]) => check))).toEqual(new Set(["powered-blocks"]));
  });

  it("knows both ways to bring the L2 up, and that it may have stayed on", () => {
    for (const up of [
      (t: Timeline) => t.write(l2On, 1),
      (t: Timeline) => t.write(pwrCommandReg, 0x10),
      (t: Timeline) => t.read(0x908, 1),
    ]) {
      const t = powered();
      up(t);
      t.write(mcuControl, 2);
      t.write(doorbell, 1);
      expect(t.found).toEqual([]);
      t.clk(false);
      t.clk(true);
      const start = t.write(mcuControl, 2);
      expect(t.found).toEqual([["powered-blocks", start]]);
    }
  });
});

describe("job-progress", () => {
  const job = (t: Timeline, kind: "queue" | "run", seqno: number): number =>
    t.rec.emitLong(K[`drm_sched_job_${kind}`], 7, seqno, t.rec.str("ring"), 0, 0);
  const done = (t: Timeline, seqno: number): number => t.rec.emit(K.drm_sched_job_done, 7, seqno);
  const finished = (t: Timeline, seqno: number): number => {
    const { rec } = t;
    return rec.emitLong(K.dma_fence_signaled, rec.str("drm_sched"), rec.str("ring"), 7, seqno, 0);
  };
  const waitsFor = (t: Timeline, seqno: number, dep: number): number =>
    t.rec.emit(K.drm_sched_job_unschedulable, 7, seqno, 5, dep);

  it("flags a job that is run late, and one whose fence follows late", () => {
    const t = powered();
    job(t, "queue", 1);
    const run = job(t.at(11e9), "run", 1);
    done(t, 1);
    const late = finished(t.at(11e9 + 2e6), 1);
    expect(t.found).toEqual([
      ["job-progress", run],
      ["job-progress", late],
    ]);
  });

  it("flags a bind that is done late, and no other job", () => {
    const t = powered();
    for (const ring of ["panthor-vm-bind", "panthor-queue-1-1-0"]) {
      t.at(0);
      const name = t.rec.str(ring);
      t.rec.emitLong(K.drm_sched_job_queue, 7, 1, name, 0, 0);
      t.rec.emitLong(K.drm_sched_job_run, 7, 1, name, 0, 0);
      done(t.at(11e9), 1);
      finished(t, 1);
    }
    expect(t.checks.findings.map(({ text }) => text)).toEqual([
      "job panthor-vm-bind 7:1 is done 11.000 s after it could be",
    ]);
  });

  it("does not count the time of a dependency, of the job before it, or of a full ring", () => {
    const t = powered();
    job(t, "queue", 1);
    job(t, "queue", 2);
    waitsFor(t, 1, 9);
    t.at(20e9).fence("signaled", 9);
    job(t.at(29e9), "run", 1);
    done(t.at(50e9), 1);
    finished(t, 1);
    job(t.at(59e9), "run", 2);
    done(t.at(70e9), 2);
    finished(t, 2);
    expect(t.found.filter(([check]) => check === "job-progress")).toEqual([]);
  });
});

describe("fence-once", () => {
  it("flags a second signal, a destroyed fence and one that is left", () => {
    const t = new Timeline();
    t.fence("init", 1);
    t.fence("signaled", 1);
    const again = t.fence("signaled", 1);
    t.fence("init", 2);
    const destroyed = t.fence("destroy", 2);
    const left = t.fence("init", 3);
    t.checks.finish();
    expect(t.found).toEqual([
      ["fence-once", again],
      ["fence-once", destroyed],
      ["fence-once", left],
    ]);
  });

  it("lets containers be that nobody waited for", () => {
    const t = new Timeline();
    t.fence("init", 1, "dma_fence_chain");
    t.fence("init", 2, "dma_fence_chain");
    const enabled = t.enable(2, "dma_fence_chain");
    t.fence("init", 3);
    t.fence("signaled", 3);
    t.fence("destroy", 3);
    t.checks.finish();
    expect(t.found).toEqual([["fence-once", enabled]]);
  });
});

describe("a fence's number", () => {
  it("is not used again before the fence has signalled", () => {
    const t = new Timeline();
    t.fence("init", 1);
    const again = t.fence("init", 1);
    t.fence("signaled", 1);
    // Its number may come again behind it; stub fences share one.
    t.fence("init", 1);
    t.fence("signaled", 1);
    for (let i = 0; i < 2; i++) t.fence("init", 0, "stub", 0);
    t.fence("signaled", 0, "stub", 0);
    t.checks.finish();
    expect(t.found).toEqual([["fence-once", again]]);
  });
});

describe("fence-bound", () => {
  it("flags a fence that outlives the close of its file", () => {
    const t = new Timeline();
    for (const context of [5, 6, 7]) t.fence("init", 1, "panthor", context);
    t.at(1e9);
    for (const context of [5, 6]) t.rec.emit(K.queue_closed, context);
    t.at(3.5e9).fence("signaled", 1, "panthor", 6);
    const late = t.at(4.5e9).fence("signaled", 1, "panthor", 5);
    t.fence("signaled", 1, "panthor", 7);
    expect(t.found).toEqual([["fence-bound", late]]);
  });

  it("flags a fence that took more than twice the job timeout", () => {
    const t = new Timeline();
    t.at(1e9).fence("init", 1);
    const late = t.at(11.5e9).fence("signaled", 1);
    expect(t.found).toEqual([["fence-bound", late]]);
    expect(t.checks.findings[0].timeNs).toBe(11.5e9);
  });

  it("counts from the progress of the timeline", () => {
    const t = new Timeline();
    t.at(1e9).fence("init", 1);
    t.fence("init", 2);
    t.at(10e9).fence("signaled", 1);
    t.at(19e9).fence("signaled", 2);
    expect(t.found).toEqual([]);
  });

  /** Two groups of one queue each on two slots; the fences of the first have context 5. */
  function twoQueues(): Timeline {
    const t = new Timeline();
    t.queue(5, 0xa000);
    t.queue(6, 0xb000);
    t.csgStart(0, 0xa000);
    t.csgStart(1, 0xb000);
    return t;
  }

  it("stands still while the queue's stream waits for a sync object", () => {
    const t = twoQueues();
    t.at(1e9).fence("init", 1);
    t.at(2e9).csState(0, "SYNC_WAIT");
    t.at(20e9).csState(0, "RUN");
    t.at(22e9).fence("signaled", 1);
    t.fence("init", 2);
    const late = t.at(33e9).fence("signaled", 2);
    expect(t.found).toEqual([["fence-bound", late]]);
  });

  it("does not stand still while another queue's stream waits", () => {
    const t = twoQueues();
    t.at(1e9).fence("init", 1);
    t.at(2e9).csState(1, "SYNC_WAIT");
    t.at(20e9).csState(1, "RUN");
    const late = t.at(22e9).fence("signaled", 1);
    expect(t.found).toEqual([["fence-bound", late]]);
  });

  it("tells the queues of a group apart", () => {
    const t = new Timeline();
    t.queue(5, 0xa000, 0);
    t.queue(6, 0xa000, 1);
    t.csgStart(3, 0xa000);
    t.at(1e9).fence("init", 1, "panthor", 5);
    t.fence("init", 1, "panthor", 6);
    t.at(2e9).csState(3, "SYNC_WAIT", 1);
    t.fence("init", 1, "panthor", 7);
    const lost = t.at(22e9).fence("signaled", 1, "panthor", 5);
    const unknown = t.fence("signaled", 1, "panthor", 7);
    t.fence("signaled", 1, "panthor", 6);
    expect(t.found).toEqual([
      ["fence-bound", lost],
      ["fence-bound", unknown],
    ]);
  });

  it("follows a queue to another slot", () => {
    const t = twoQueues();
    t.at(1e9).fence("init", 1);
    t.csgAck(0, 2);
    t.csgStart(2, 0xa000);
    t.csgStart(0, 0xc000);
    t.at(2e9).csState(2, "SYNC_WAIT");
    t.at(3e9).csState(0, "RUN");
    t.at(22e9).fence("signaled", 1);
    expect(t.found).toEqual([]);
  });

  it("runs again when the device is off", () => {
    const t = twoQueues();
    t.at(1e9).fence("init", 1);
    t.at(2e9).csState(0, "SYNC_WAIT");
    t.at(3e9).clk(false);
    const late = t.at(22e9).fence("signaled", 1);
    expect(t.found).toEqual([["fence-bound", late]]);
  });
});

describe("unpowered-access", () => {
  it("flags accesses before the clock and after it", () => {
    const t = new Timeline();
    const early = t.read(0);
    t.clk(true);
    t.clk(true, "mali-stacks");
    t.read(0);
    t.clk(false, "mali-stacks");
    t.write(0x30, 1);
    t.clk(false);
    const late = t.write(0x30, 1);
    t.clk(true);
    t.read(0);
    expect(t.found).toEqual([
      ["unpowered-access", early],
      ["unpowered-access", late],
    ]);
  });
});

describe("as-command", () => {
  it("flags a command before the last one was seen to end", () => {
    const t = powered();
    t.write(as(1, command), asCommand.lock);
    t.read(as(1, status), 1);
    t.write(as(2, command), asCommand.update);
    const bad = t.write(as(1, command), asCommand.unlock);
    expect(t.found).toEqual([["as-command", bad]]);
    expect(t.checks.findings[0].text).toContain("AS1: unlock is written before lock");
  });

  it("takes an idle status, a soft reset and a power-off as the end", () => {
    const t = powered();
    t.write(as(1, command), asCommand.lock);
    t.read(as(1, status), 0);
    t.write(as(1, command), asCommand.unlock);
    t.write(0x30, 0x101);
    t.rec.emit(K.dev_state, t.rec.str("reset_done"), 0, 0);
    t.write(as(1, command), asCommand.update);
    t.clk(false);
    t.clk(true);
    t.write(as(1, command), asCommand.update);
    expect(t.found).toEqual([]);
  });

  it("takes neither the status of another address space nor a busy one as the end", () => {
    const t = powered();
    t.write(as(1, command), asCommand.lock);
    t.write(as(2, command), asCommand.lock);
    t.read(as(2, status), 0);
    t.read(as(1, status), 1);
    t.write(as(2, command), asCommand.unlock);
    const bad = t.write(as(1, command), asCommand.unlock);
    expect(t.found).toEqual([["as-command", bad]]);
  });
});

describe("unmap-region", () => {
  const table = 0x1_2345_6000;

  function locked(width: number, address: number): Timeline {
    const t = powered();
    t.write(as(3, transtab), 0x2345_6001);
    t.write(as(3, transtab + 4), 0x1);
    t.write(as(3, lockaddr), (address | width) >>> 0);
    t.write(as(3, lockaddr + 4), 0);
    t.write(as(3, command), asCommand.lock);
    t.read(as(3, status), 0);
    return t;
  }

  it("flags an unmap outside the region, across its end, and behind UNLOCK", () => {
    const t = locked(15, 0x10000);
    t.unmap(table, 0x10000, 0x10000);
    const outside = t.unmap(table, 0x30000, 0x1000);
    const across = t.unmap(table, 0x1f000, 0x2000);
    t.write(as(3, command), asCommand.unlock);
    const unlocked = t.unmap(table, 0x10000, 0x1000);
    expect(t.found).toEqual([
      ["unmap-region", outside],
      ["unmap-region", across],
      ["unmap-region", unlocked],
    ]);
  });

  it("flags an unmap before LOCK is seen to have ended, and in what a second LOCK lets go", () => {
    const t = locked(15, 0x10000);
    t.write(as(3, lockaddr), 0x20000 | 15);
    t.write(as(3, command), asCommand.lock);
    const early = t.unmap(table, 0x20000, 0x1000);
    t.read(as(4, status), 0);
    const other = t.unmap(table, 0x20000, 0x1000);
    t.read(as(3, status), 0);
    t.unmap(table, 0x20000, 0x1000);
    const before = t.unmap(table, 0x10000, 0x1000);
    expect(t.found).toEqual([
      ["unmap-region", early],
      ["unmap-region", other],
      ["unmap-region", before],
    ]);
  });

  it("lets tables be that no address space has", () => {
    const t = locked(15, 0x10000);
    t.unmap(0x7000, 0x30000, 0x1000);
    t.write(0x30, 0x101);
    t.unmap(table, 0x30000, 0x1000);
    expect(t.found).toEqual([]);
  });
});

describe("slot-group", () => {
  it("flags a group that is started on a second slot", () => {
    const t = new Timeline();
    t.csgStart(0, 0x4000);
    t.csgAck(0, 0x11);
    t.csgStart(1, 0x5000);
    const bad = t.csgStart(2, 0x4000);
    expect(t.found).toEqual([["slot-group", bad]]);
  });

  it("flags a slot that takes a group before the other has left", () => {
    const t = new Timeline();
    t.csgStart(0, 0x4000);
    t.csgStart(0, 0x4000);
    const bad = t.csgStart(0, 0x5000);
    t.csgAck(0, 0x12);
    t.csgStart(0, 0x6000);
    expect(t.found).toEqual([["slot-group", bad]]);
  });

  it("lets a group move when it has left, or when the firmware was stopped", () => {
    const t = powered();
    t.csgStart(0, 0x4000);
    t.csgAck(0, 0x12);
    t.csgStart(1, 0x4000);
    t.csgAck(1, 0x10);
    t.csgStart(2, 0x4000);
    t.rec.emit(K.dev_state, t.rec.str("mcu_disabled"), 0, 0);
    t.csgStart(3, 0x4000);
    t.clk(false);
    t.csgStart(4, 0x4000);
    expect(t.found).toEqual([]);
  });
});

describe("held-locks and references", () => {
  it("flag a clock that is on at the end", () => {
    const t = new Timeline();
    t.clk(true);
    t.clk(false);
    const on = t.clk(true);
    t.clk(true, "mali-stacks");
    t.clk(false, "mali-stacks");
    t.checks.finish();
    expect(t.found).toEqual([["references", on]]);
  });

  it("flag what the kernel log says of them", () => {
    const t = new Timeline();
    const user = t.log("WARNING: lock held when returning to user space! app/1 leaves l");
    const work = t.log("BUG: workqueue leaked atomic, lock or RCU: kworker/0:0[7]");
    const task = t.log("WARNING: app/1 still has locks held: l");
    const leak = t.log("leak: panthor_group with 1 reference at the end");
    const hang = t.log("exit hangs: sleeps");
    t.log("something else");
    expect(t.found).toEqual(
      [user, work, task]
        .map((entry) => ["held-locks", entry])
        .concat([leak, hang].map((entry) => ["references", entry])),
    );
  });
});

describe("findings", () => {
  it("land in the kernel log behind their entry, with it as the cause", () => {
    const t = powered();
    t.clk(false);
    const bad = t.at(1500).read(0x24);
    const log = bad + 1;
    expect(t.rec.is(log, "printk")).toBe(true);
    expect(t.rec.field(log, "text")).toBe(
      "check unpowered-access: REG is accessed while the device is off",
    );
    expect(t.rec.cause(log)).toBe(bad);
    expect(t.rec.at.cause).toBe(-1);
    expect(describeFinding(t.checks.findings[0])).toBe(
      "check unpowered-access: REG is accessed while the device is off (entry 2, 1.500 us, device)",
    );
  });

  it("are reported ten times a check", () => {
    const t = new Timeline();
    for (let i = 0; i < 25; i++) t.read(0);
    expect(t.found).toHaveLength(10);
  });

  it("come from a streamed timeline, too", () => {
    const rec = new Recorder({ onChunk: () => {} });
    const checks = new Checks(rec);
    const q = rec.str("q");
    rec.emit(K.dma_fence_init, rec.str("panthor"), q, 5, 1);
    for (let i = 0; i < 40_000; i++) rec.emit(K.user_mark, q);
    expect(rec.first).toBeGreaterThan(0);
    checks.finish();
    expect(checks.findings.map(({ check, entry }) => [check, entry])).toEqual([["fence-once", 0]]);
  });

  it("name checks that exist once", () => {
    const names = allChecks.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
  });
});
