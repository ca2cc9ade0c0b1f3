import { describe, expect, it } from "vitest";
import { Machine } from "../../src/machine/core/machine.ts";

describe("machine core", () => {
  it("runs tasks in order of wake-up and lets a woken SCHED_FIFO task preempt", () => {
    const m = new Machine({ cpus: 1, hz: 250 });
    const log: string[] = [];
    const fifo = m.createTask({
      comm: "irq/66-panthor-job",
      policy: "fifo",
      *body() {
        log.push(`fifo at ${m.now}`);
        m.setState("S");
        yield* m.sleep();
        log.push(`fifo again at ${m.now}`);
      },
    });
    const user = m.createTask({
      comm: "init",
      *body() {
        log.push("user");
        yield* m.udelay(10);
        log.push(`user at ${m.now}`);
        m.preemptDisable();
        m.sched.wake(fifo);
        yield* m.udelay(5);
        log.push("still user");
        yield* m.preemptEnable();
        log.push("user last");
      },
    });
    m.sched.wakeNew(user);
    m.sched.wakeNew(fifo);
    expect(m.run()).toBe("nothing-left");
    expect(log).toEqual([
      "fifo at 0",
      "user",
      "user at 10000",
      "still user",
      "fifo again at 15000",
      "user last",
    ]);
  });

  it("takes an interrupt inside a delay at its own time, and at restore when masked", () => {
    const m = new Machine({ cpus: 1, hz: 250 });
    const log: string[] = [];
    const irq = (name: string) => ({
      name,
      cause: -1,
      *start() {
        log.push(`${name} at ${m.now}`);
      },
    });
    const user = m.createTask({
      comm: "init",
      *body() {
        yield* m.udelay(10);
        log.push(`delay ends at ${m.now}`);
        m.localIrqSave();
        yield* m.udelay(10);
        log.push(`masked delay ends at ${m.now}`);
        yield* m.localIrqRestore();
        log.push("restored");
      },
    });
    m.sched.wakeNew(user);
    m.schedule(3000, () => m.interrupt(m.cpus[0], irq("a")));
    m.schedule(12000, () => m.interrupt(m.cpus[0], irq("b")));
    m.run();
    expect(log).toEqual([
      "a at 3000",
      "delay ends at 10000",
      "masked delay ends at 20000",
      "b at 20000",
      "restored",
    ]);
  });
});
