import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Task } from "../../../src/machine/core/context.ts";
import { Machine } from "../../../src/machine/core/machine.ts";
import { entityOf, weightOfPrio } from "../../../src/machine/sched/entity.ts";
import { baseSliceNs, EevdfRunQueue } from "../../../src/machine/sched/fair.ts";

const sleep = { sleep: true };

/** A run queue by itself: its clock is set by hand, reschedules are counted. */
function bench(options = { cpus: 1, hz: 250 }) {
  const state = { resched: 0, blocked: [] as Task[] };
  const rq = new EevdfRunQueue(
    {
      reschedCurr: () => void state.resched++,
      needsResched: () => false,
      blocked: (task) => void state.blocked.push(task),
    },
    options,
  );
  const task = (pid: number, prio = 120) => new Task("task", 0, `t${pid}`, pid, "normal", prio);
  /** __schedule() of a task that stays runnable. */
  let curr: Task | null = null;
  const pick = (): Task | null => {
    const next = rq.pickNext();
    if (next !== curr) {
      if (curr !== null) rq.putPrev(curr);
      if (next !== null) rq.setNext(next, true);
      curr = next;
    }
    return next;
  };
  return { rq, state, task, pick };
}

describe("EEVDF run queue", () => {
  it("has the kernel's base slice: 0.7 ms scaled by the logarithm of the CPUs", () => {
    expect([1, 2, 4, 8, 64].map(baseSliceNs)).toEqual([700e3, 1400e3, 2100e3, 2800e3, 2800e3]);
  });

  it("keeps the running task for its slice, then takes turns", () => {
    const { rq, state, task, pick } = bench();
    const [a, b] = [task(1), task(2)];
    rq.enqueue(a, {});
    expect(pick()).toBe(a);
    rq.enqueue(b, {});
    rq.wakeupPreempt(b, false);
    expect(state.resched).toBe(0);
    rq.clock = 699_999;
    rq.tick();
    expect(state.resched).toBe(0);
    rq.clock = 700_000;
    rq.tick();
    expect(state.resched).toBe(1);
    expect(pick()).toBe(b);
  });

  it("lets a task that is owed service preempt, and one that is not wait", () => {
    const { rq, state, task, pick } = bench();
    const [a, b, c] = [task(1), task(2), task(3)];
    rq.enqueue(a, {});
    pick();
    entityOf(b).vlag = 1000;
    rq.enqueue(b, {});
    rq.wakeupPreempt(b, false);
    expect(state.resched).toBe(1);
    expect(pick()).toBe(b);
    entityOf(c).vlag = -1000;
    rq.enqueue(c, {});
    rq.wakeupPreempt(c, false);
    expect(state.resched).toBe(1);
  });

  it("delays the dequeue of a task that ran ahead until it would be picked", () => {
    const { rq, state, task, pick } = bench();
    const [a, b] = [task(1), task(2)];
    rq.enqueue(a, {});
    pick();
    rq.enqueue(b, {});
    rq.clock = 1000;
    expect(rq.dequeue(a, sleep)).toBe(false);
    expect(rq.isDelayed(a)).toBe(true);
    expect(rq.nrQueued).toBe(2);
    expect(pick()).toBe(b);
    rq.clock = 5000;
    expect(rq.dequeue(b, sleep)).toBe(false);
    expect(pick()).toBe(null);
    expect(state.blocked).toEqual([a, b]);
    // Having competed until the average was level, it owes nothing.
    expect(entityOf(a).vlag).toBe(0);
  });

  it("takes a dying task off at once", () => {
    const { rq, task, pick } = bench();
    const [a, b] = [task(1), task(2)];
    rq.enqueue(a, {});
    pick();
    rq.enqueue(b, {});
    rq.clock = 1000;
    expect(rq.dequeue(a, { sleep: true, special: true })).toBe(true);
    expect(rq.nrQueued).toBe(1);
  });

  it("starts a new task with half a slice and does not let it preempt", () => {
    const { rq, state, task, pick } = bench();
    const [a, b] = [task(1), task(2)];
    rq.enqueue(a, {});
    pick();
    rq.enqueue(b, { initial: true });
    rq.wakeupPreempt(b, true);
    expect(state.resched).toBe(0);
    const se = entityOf(b);
    expect(se.deadline - se.vruntime).toBe(350_000);
  });

  it("shares the CPU by weight over time, within a slice and a tick", () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 110, max: 130 }), { minLength: 2, maxLength: 6 }),
        (prios) => {
          const { rq, state, task, pick } = bench();
          const tasks = prios.map((prio, i) => task(i + 1, prio));
          for (const t of tasks) rq.enqueue(t, {});
          const service = new Map<Task, number>(tasks.map((t) => [t, 0]));
          let curr = pick()!;
          const tick = 1e6;
          for (let i = 0; i < 4000; i++) {
            rq.clock += tick;
            service.set(curr, service.get(curr)! + tick);
            state.resched = 0;
            rq.tick();
            if (state.resched > 0) curr = pick()!;
          }
          const total = prios.reduce((sum, prio) => sum + weightOfPrio(prio), 0);
          for (const t of tasks) {
            const due = (4000 * tick * weightOfPrio(t.prio)) / total;
            expect(Math.abs(service.get(t)! - due)).toBeLessThan(4 * (700_000 + tick));
          }
        },
      ),
      { numRuns: 30 },
    );
  });

  it("never loses a task: what is queued gets picked in the end", () => {
    const step = fc.record({
      op: fc.constantFrom("wake", "block", "run"),
      pid: fc.integer({ min: 0, max: 4 }),
      ns: fc.integer({ min: 0, max: 2_000_000 }),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const m = new Machine({ cpus: 1, hz: 250 });
        const [cpu] = m.cpus;
        const tasks = Array.from({ length: 5 }, (_, i) => {
          const t = m.createTask({ comm: `t${i}`, *body() {} });
          t.state = "S";
          return t;
        });
        for (const { op, pid, ns } of steps) {
          m.at.now += ns;
          if (op === "wake") m.sched.wake(tasks[pid]);
          else if (op === "block" && cpu.task !== cpu.idle) {
            cpu.task.state = "S";
            m.sched.schedule(cpu, false);
          } else m.sched.tick(cpu);
          if (cpu.needResched) m.sched.schedule(cpu, cpu.task !== cpu.idle);
        }
        const runnable = tasks.filter((t) => t.state === "R");
        const ran = new Set<Task>();
        for (let i = 0; i < 5 && cpu.task !== cpu.idle; i++) {
          ran.add(cpu.task);
          cpu.task.state = "S";
          m.sched.schedule(cpu, false);
        }
        expect([...ran].sort((a, b) => a.pid - b.pid)).toEqual(runnable);
      }),
    );
  });
});

describe("scheduler", () => {
  it("keeps a task on the queue that is preempted on its way to sleep", () => {
    const m = new Machine({ cpus: 1, hz: 250 });
    const log: string[] = [];
    const other = m.createTask({
      comm: "fifo",
      policy: "fifo",
      *body() {
        log.push("fifo");
        m.setState("S");
        yield* m.sleep();
      },
    });
    m.sched.wakeNew(
      m.createTask({
        comm: "sleeper",
        *body() {
          m.setState("D");
          m.preemptDisable();
          m.sched.wakeNew(other);
          yield* m.preemptEnable();
          log.push("back, not asleep yet");
          m.setState("R");
        },
      }),
    );
    m.run();
    expect(log).toEqual(["fifo", "back, not asleep yet"]);
  });

  it("moves a waiting task to a CPU that runs out of work", () => {
    const m = new Machine({ cpus: 2, hz: 250 });
    const where: Record<string, number> = {};
    const busy = (name: string, us: number) =>
      m.createTask({
        comm: name,
        *body() {
          yield* m.udelay(us);
          where[name] = m.cpu!.id;
        },
      });
    m.sched.wakeNew(busy("long", 1000), m.cpus[0]);
    m.sched.wakeNew(busy("waits", 10), m.cpus[0]);
    m.sched.wakeNew(busy("short", 100), m.cpus[1]);
    m.run();
    expect(where).toEqual({ long: 0, short: 1, waits: 1 });
  });
});
