// The texts of the lock validator, each once: print_circular_bug() and its like in
// kernel/locking/lockdep.c, __might_resched() in kernel/sched/core.c. First lines as in the kernel.

import type { Context, Task } from "../core/context.ts";
import type { Cpu } from "../core/cpu.ts";
import type { Machine } from "../core/machine.ts";
import type { LockdepMap } from "../core/validator.ts";
import type { LockClass } from "./lock-class.ts";

export class LockReports {
  private readonly seen = new Set<string>();

  constructor(private readonly m: Machine) {}

  get count(): number {
    return this.seen.size;
  }

  private who(): string {
    const { current, ctx } = this.m;
    return `${ctx?.comm ?? "?"}/${current?.pid ?? 0}`;
  }

  private print(key: string, lines: readonly string[]): void {
    if (this.seen.has(key)) return;
    this.seen.add(key);
    for (const line of lines) this.m.rec.log("warn", line);
  }

  circular(
    lock: LockdepMap,
    held: LockdepMap,
    heldClass: LockClass,
    cls: LockClass,
    chain: readonly LockClass[],
  ): void {
    const order = [...chain, cls].map(({ name }) => name).join(" --> ");
    this.print(`circular ${heldClass.name} ${cls.name}`, [
      "WARNING: possible circular locking dependency detected",
      `${this.who()} is trying to acquire lock: ${lock.name}`,
      `but task is already holding lock: ${held.name}`,
      `which lock already depends on the new lock: ${order}`,
    ]);
  }

  recursive(lock: LockdepMap, held: LockdepMap, cls: LockClass): void {
    this.print(`recursive ${cls.name}`, [
      "WARNING: possible recursive locking detected",
      `${this.who()} is trying to acquire lock: ${lock.name}`,
      `but task is already holding lock: ${held.name}`,
    ]);
  }

  irqOrder(irq: string, from: LockClass, to: LockClass, before: LockClass, after: LockClass): void {
    this.print(`${irq} order ${before.name} ${after.name}`, [
      `WARNING: ${irq}-safe -> ${irq}-unsafe lock order detected`,
      `${this.who()} is trying to acquire: ${after.name}`,
      `and this task is already holding: ${before.name}`,
      `which would create a new lock dependency: ${before.name} -> ${after.name}`,
      `but this new dependency connects a ${irq}-irq-safe lock: ${from.name}`,
      `to a ${irq}-irq-unsafe lock: ${to.name}`,
    ]);
  }

  inconsistent(cls: LockClass, irq: string, nowInIrq: boolean): void {
    const usage = nowInIrq ? `{${irq}-ON-W} -> {IN-${irq}-W}` : `{IN-${irq}-W} -> {${irq}-ON-W}`;
    this.print(`inconsistent ${irq} ${cls.name}`, [
      "WARNING: inconsistent lock state",
      `inconsistent ${usage} usage.`,
      `${this.who()} takes: ${cls.name}`,
    ]);
  }

  waitContext(lock: LockdepMap, held: LockdepMap): void {
    this.print(`wait ${lock.className} ${held.className}`, [
      "[ BUG: Invalid wait context ]",
      `${this.who()} is trying to lock: ${lock.name}`,
      `while holding: ${held.name}`,
    ]);
  }

  sleeping(where: string, ctx: Context, cpu: Cpu): void {
    const atomic = ctx.preemptCount > 0 || ctx.kind !== "task" ? 1 : 0;
    const held = ctx.heldLocks.map(({ name }) => name).join(", ");
    const lines = [
      `BUG: sleeping function called from invalid context at ${where}`,
      `in_atomic(): ${atomic}, irqs_disabled(): ${cpu.irqsOff > 0 ? 1 : 0}, ${this.pid(ctx)}`,
    ];
    if (held !== "") lines.push(`locks held: ${held}`);
    this.print(`sleeping ${where}`, lines);
  }

  private pid(ctx: Context): string {
    const pid = ctx.kind === "task" ? (ctx as Task).pid : (this.m.current?.pid ?? 0);
    return `pid: ${pid}, name: ${ctx.comm}`;
  }
}
