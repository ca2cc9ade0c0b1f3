// Suspend-to-idle of the whole system, as devices see it.
// Kernel: kernel/power/suspend.c, drivers/base/power/main.c. Devices are suspended one after the
// other (no driver here asks for asynchronous suspend); CPUs stay, as in s2idle. The clock of the
// timeline is CLOCK_MONOTONIC: it stands still while the system sleeps. Left out: notifiers, the
// console, file systems, prepare and complete callbacks, wake-up sources.

import { K } from "../../timeline/kinds.ts";
import type { Machine } from "../core/machine.ts";
import type { Kernel } from "../core/op.ts";
import { EBUSY } from "../errno.ts";
import type { Irqs } from "../irq/irqs.ts";
import { Mutex } from "../lock/mutex.ts";
import type { Freezer } from "./freezer.ts";
import type { RuntimePm } from "./runtime-pm.ts";

/** PM_SUSPEND_TO_IDLE, and PM_EVENT_SUSPEND, PM_EVENT_RESUME of the messages to devices. */
const suspendToIdle = 1;
const eventSuspend = 2;
const eventResume = 16;

/** When an event wakes the system before it sleeps. */
export const wakePhases = ["freezing", "devices", "late", "noirq"] as const;
export type WakePhase = (typeof wakePhases)[number];

/** A device on dpm_list. */
export interface SleepDevice {
  readonly pm: RuntimePm;
  readonly driver: string;
  readonly parent: string;
  /** The driver's callbacks, called by the platform bus. */
  readonly ops: { suspend(): Kernel<number>; resume(): Kernel<number> } | null;
}

/** A devfreq device, on the list of the devfreq core. */
export interface SleepDevfreq {
  suspendDevice(): Kernel<number>;
  resumeDevice(): Kernel<number>;
}

export class SystemSleep {
  /** dpm_list: parents come before their children. */
  readonly devices: SleepDevice[] = [];
  /** devfreq_list. */
  readonly devfreqs: SleepDevfreq[] = [];
  /** Told how long the system slept: what has a clock of its own goes on. */
  slept: (ns: number) => void = () => {};
  private readonly transition: Mutex;
  /** devfreq_list_lock. */
  readonly devfreqLock: Mutex;
  /** power.is_suspended. */
  private readonly suspended = new Set<SleepDevice>();
  private wake: WakePhase | null = null;

  constructor(
    private readonly m: Machine,
    private readonly freezer: Freezer,
    private readonly irqs: Irqs,
  ) {
    this.transition = new Mutex(m, "system_transition_mutex");
    this.devfreqLock = new Mutex(m, "devfreq_list_lock");
  }

  /** pm_suspend(): 0 after a sleep of `ns`, or a negative errno without one. */
  *suspend(ns: number, wake: WakePhase | null = null): Kernel<number> {
    this.trace("suspend_enter", suspendToIdle, true);
    if (!(yield* this.transition.trylock())) return -EBUSY;
    this.wake = wake;
    this.trace("freeze_processes", 0, true);
    let ret = yield* this.freezer.freeze(() => this.wake === "freezing");
    this.trace("freeze_processes", 0, false);
    if (ret === 0) {
      this.trace("suspend_enter", suspendToIdle, false);
      ret = yield* this.devicesAndEnter(ns);
      this.trace("thaw_processes", 0, true);
      yield* this.freezer.thaw();
      this.trace("thaw_processes", 0, false);
    }
    yield* this.transition.unlock();
    return ret;
  }

  /** suspend_devices_and_enter(). */
  private *devicesAndEnter(ns: number): Kernel<number> {
    this.prepare();
    let ret = yield* this.suspendDevices();
    if (ret === 0) ret = yield* this.enter(ns);
    else this.err("PM: Some devices failed to suspend, or early wake event detected");
    yield* this.resumeDevices();
    yield* this.complete();
    return ret;
  }

  /** dpm_prepare(): no device is suspended at run time from here on. */
  private prepare(): void {
    this.trace("dpm_prepare", eventSuspend, true);
    for (const device of this.devices) {
      this.traceStart(device, "", "suspend");
      device.pm.getNoresume();
      this.traceEnd(device, 0);
    }
    this.trace("dpm_prepare", eventSuspend, false);
  }

  /** dpm_suspend(). */
  private *suspendDevices(): Kernel<number> {
    this.trace("dpm_suspend", eventSuspend, true);
    yield* this.eachDevfreq((d) => d.suspendDevice());
    let ret = 0;
    for (const device of this.devices.toReversed()) {
      ret = yield* this.suspendDevice(device);
      if (ret !== 0) break;
    }
    this.trace("dpm_suspend", eventSuspend, false);
    return ret;
  }

  /** device_suspend(). */
  private *suspendDevice(device: SleepDevice): Kernel<number> {
    yield* device.pm.runtimeBarrier();
    // The event comes when the first device is down.
    if (this.wake === "devices" && this.suspended.size > 0) return -EBUSY;
    const ret = yield* this.run(device, "suspend");
    if (ret === 0) this.suspended.add(device);
    return ret;
  }

  /** suspend_enter(). */
  private *enter(ns: number): Kernel<number> {
    const late = this.devices.toReversed();
    this.trace("dpm_suspend_late", eventSuspend, true);
    const lateFails = this.wake === "late";
    if (!lateFails) for (const { pm } of late) yield* pm.disable();
    this.trace("dpm_suspend_late", eventSuspend, false);
    if (lateFails) {
      this.err("PM: late suspend of devices failed");
      return -EBUSY;
    }
    this.trace("dpm_suspend_noirq", eventSuspend, true);
    yield* this.irqs.suspendDeviceIrqs();
    const noirqFails = this.wake === "noirq";
    this.trace("dpm_suspend_noirq", eventSuspend, false);
    if (noirqFails) this.err("PM: noirq suspend of devices failed");
    else {
      this.trace("machine_suspend", suspendToIdle, true);
      this.slept(ns);
      this.trace("machine_suspend", suspendToIdle, false);
    }
    this.trace("dpm_resume_noirq", eventResume, true);
    yield* this.irqs.resumeDeviceIrqs();
    this.trace("dpm_resume_noirq", eventResume, false);
    this.trace("dpm_resume_early", eventResume, true);
    for (const { pm } of this.devices) yield* pm.enable();
    this.trace("dpm_resume_early", eventResume, false);
    return noirqFails ? -EBUSY : 0;
  }

  /** dpm_resume(). A device that does not resume is reported, and nothing more. */
  private *resumeDevices(): Kernel {
    this.trace("dpm_resume", eventResume, true);
    for (const device of this.devices) {
      if (this.suspended.delete(device)) yield* this.run(device, "resume");
    }
    yield* this.eachDevfreq((d) => d.resumeDevice());
    this.trace("dpm_resume", eventResume, false);
  }

  /** dpm_complete(). */
  private *complete(): Kernel {
    this.trace("dpm_complete", eventResume, true);
    for (const device of this.devices.toReversed()) {
      this.traceStart(device, "", "resume");
      this.traceEnd(device, 0);
      yield* device.pm.put();
    }
    this.trace("dpm_complete", eventResume, false);
  }

  /** dpm_run_callback(), through platform_pm_suspend() and platform_pm_resume(). */
  private *run(device: SleepDevice, what: "suspend" | "resume"): Kernel<number> {
    if (device.ops === null) return 0;
    this.traceStart(device, "bus ", what);
    const ret = yield* device.ops[what]();
    this.traceEnd(device, ret);
    if (ret !== 0) {
      const name = `${device.driver} ${device.pm.devName}: PM:`;
      this.err(`${name} dpm_run_callback(): platform_pm_${what} returns ${ret}`);
      this.err(`${name} failed to ${what}: error ${ret}`);
    }
    return ret;
  }

  /** devfreq_suspend(), devfreq_resume(). */
  private *eachDevfreq(fn: (devfreq: SleepDevfreq) => Kernel<number>): Kernel {
    yield* this.devfreqLock.lock();
    for (const devfreq of this.devfreqs) yield* fn(devfreq);
    yield* this.devfreqLock.unlock();
  }

  private err(text: string): void {
    this.m.rec.log("err", text);
  }

  private trace(action: string, val: number, begins: boolean): void {
    const { rec } = this.m;
    rec.emit(K.suspend_resume, rec.str(action), val, rec.str(begins ? "begin" : "end"));
  }

  private traceStart(device: SleepDevice, ops: string, event: string): void {
    const { rec } = this.m;
    const { driver, parent, pm } = device;
    const names = [driver, pm.devName, parent, ops, event].map((s) => rec.str(s));
    rec.emitLong(
      K.device_pm_callback_start,
      ...(names as [number, number, number, number, number]),
    );
  }

  private traceEnd(device: SleepDevice, err: number): void {
    const { rec } = this.m;
    rec.emit(K.device_pm_callback_end, rec.str(device.driver), rec.str(device.pm.devName), err);
  }
}
