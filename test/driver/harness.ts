// A driver on a simulated device, set up as the recordings of linux-7.3 were made.

import { Gpu } from "../../src/device/gpu.ts";
import type { DeviceHooks, IrqLine } from "../../src/device/hooks.ts";
import { zeroCost } from "../../src/device/profile/zero-cost.ts";
import type { Profile } from "../../src/device/profile/types.ts";
import { ProbeFailures } from "../../src/driver/device/probe-failures.ts";
import type { PanthorDevice, PlatformDevice } from "../../src/driver/device/types.ts";
import { type Driver, makeDriver, type Overlay } from "../../src/driver/driver.ts";
import type { DrmFile } from "../../src/driver/drv/types.ts";
import { Clk } from "../../src/machine/clk.ts";
import { Machine } from "../../src/machine/core/machine.ts";
import type { Kernel } from "../../src/machine/core/op.ts";
import { type Linux, makeLinux } from "../../src/machine/linux.ts";
import { recordedClock } from "../../src/machine/time/clock.ts";
import { type KindName, kindFields, kindNames } from "../../src/timeline/kinds.ts";

const irqNumbers: Readonly<Record<IrqLine, number>> = { gpu: 64, mmu: 65, job: 66 };

export interface Bench {
  readonly m: Machine;
  readonly linux: Linux;
  readonly gpu: Gpu;
  readonly drv: Driver;
  readonly pdev: PlatformDevice;
}

export interface BenchOptions {
  readonly profile?: Profile;
  readonly cpus?: number;
  readonly startNs?: number;
  readonly overlays?: readonly Overlay[];
  readonly pdev?: Partial<PlatformDevice>;
}

export function makeBench(options: BenchOptions = {}): Bench {
  const profile = options.profile ?? zeroCost;
  const m = new Machine({
    cpus: options.cpus ?? 1,
    hz: 250,
    startNs: options.startNs ?? 1_000_081_236,
    costs: profile.costs,
    firstPid: 25,
  });
  const linux = makeLinux({ m, irqDelayNs: profile.latencies.irqDelay, clock: recordedClock });
  const hooks: DeviceHooks = {
    setIrqLevel: (line, high) => linux.irqs.setLevel(irqNumbers[line], high),
    timer: (fn) => linux.time.hrtimers.deviceTimer(fn),
    clock: () => linux.time.clock.now,
  };
  const gpu = new Gpu(m, linux.memory, profile, hooks);
  for (const line of ["gpu", "mmu", "job"] as const) {
    linux.irqs.connect(irqNumbers[line], () => gpu.irqs[line]);
  }
  const drv = makeDriver(linux, gpu.mmio, options.overlays ?? []);
  const pdev: PlatformDevice = {
    name: "fb000000.gpu",
    phys: 0xfb000000,
    irqs: irqNumbers,
    clocks: { core: new Clk(linux.clks, "mali-core", profile.shape.coreClockHz) },
    dmaCoherent: false,
    opps: [profile.shape.coreClockHz],
    failures: new ProbeFailures(),
    firmware: (path) =>
      /^arm\/mali\/arch\d+\.8\/mali_csffw\.bin$/.test(path) ? gpu.firmwareImage() : null,
    ...options.pdev,
  };
  return { m, linux, gpu, drv, pdev };
}

/** Runs a user program (init, pid 1) until it ends and `settleNs` more. */
export function runUser(bench: Bench, body: () => Kernel<void>, settleNs = 0): void {
  const { m } = bench;
  let ended = -1;
  const task = m.createTask({
    comm: "init",
    pid: 1,
    *body() {
      yield* body();
      ended = m.now;
    },
  });
  m.sched.wakeNew(task);
  m.run(m.now + 60e9);
  if (ended < 0) throw new Error("the program did not end");
  if (settleNs > 0) m.run(ended + settleNs);
}

/** Runs `body` with a probed device and an open file. */
export function withFile(
  bench: Bench,
  body: (file: DrmFile, ptdev: PanthorDevice) => Kernel<void>,
): void {
  const { drv, linux, pdev } = bench;
  runUser(bench, function* () {
    const ptdev = yield* drv.drv.attach(pdev);
    if (typeof ptdev === "number") throw new Error(`probe: ${ptdev}`);
    yield* linux.time.nanosleep(200e6);
    const file = yield* drv.drv.open(ptdev);
    if (typeof file === "number") throw new Error(`open: ${file}`);
    yield* body(file, ptdev);
    yield* drv.drv.close(file);
  });
}

/** Text of timeline entries: "time comm-pid kind field=value ...". */
export function timelineText(
  m: Machine,
  options: { readonly kinds?: readonly KindName[]; readonly from?: number } = {},
): string[] {
  const { rec } = m;
  const out: string[] = [];
  for (let i = options.from ?? 0; i < rec.length; i++) {
    const name = kindNames[rec.kind(i)];
    if (options.kinds !== undefined && !options.kinds.includes(name)) continue;
    const fields = kindFields[rec.kind(i)].map(([field, type]) => {
      const v = rec.field(i, field);
      return `${field}=${type.startsWith("hex") ? `0x${Number(v).toString(16)}` : v}`;
    });
    const { comm, pid } = rec.contexts[rec.ctx(i)];
    out.push(`${rec.time(i)} ${pid === 0 ? "<idle>" : comm}-${pid} ${name} ${fields.join(" ")}`);
  }
  return out;
}
