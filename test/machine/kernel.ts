// A kernel to test with, and a way to run programs on it.

import { type CpuCosts, zeroCosts } from "../../src/machine/core/costs.ts";
import { Machine } from "../../src/machine/core/machine.ts";
import type { Kernel } from "../../src/machine/core/op.ts";
import type { Task } from "../../src/machine/core/context.ts";
import { type Linux, type LinuxOptions, makeLinux } from "../../src/machine/linux.ts";
import { recordedClock } from "../../src/machine/time/clock.ts";

export interface TestKernelOptions extends Partial<Omit<LinuxOptions, "m">> {
  readonly cpus?: number;
  readonly hz?: number;
  readonly startNs?: number;
  readonly costs?: Partial<CpuCosts>;
}

export function testKernel(options: TestKernelOptions = {}): Linux {
  const m = new Machine({
    cpus: options.cpus ?? 1,
    hz: options.hz ?? 250,
    startNs: options.startNs ?? 1e9,
    costs: { ...zeroCosts, ...options.costs },
  });
  return makeLinux({ irqDelayNs: 1000, clock: recordedClock, boot: null, ...options, m });
}

/** Makes a task that runs `body` from now on. */
export function start(linux: Linux, comm: string, body: () => Kernel<void>): Task {
  const task = linux.m.createTask({ comm, body });
  linux.m.sched.wakeNew(task);
  return task;
}

/** Runs one program to its end (at most `ns`). */
export function runProgram(linux: Linux, body: () => Kernel<void>, ns = 1e9): Task {
  const task = start(linux, "init", body);
  linux.m.run(linux.m.now + ns);
  return task;
}
