// The drm_device part of the device: unplugging, once-only warnings, log prefix.
// Kernel: drivers/gpu/drm/drm_drv.c (drm_dev_enter, drm_dev_exit, drm_dev_unplug), drm_print.c.
// Minors, sysfs nodes and the managed-resource list itself are not modelled.

import { type Atomic, done, finished, type Kernel } from "../../machine/core/op.ts";
import type { Devtmpfs } from "../../machine/devtmpfs.ts";
import { ENOMEM } from "../../machine/errno.ts";
import { RwSemaphore } from "../../machine/lock/rwsem.ts";
import type { Linux } from "../../machine/linux.ts";

type LogLevel = "info" | "warn" | "err";

const nodes: readonly string[] = ["dri/renderD128", "dri/card0"];

/** struct drm_device. Managed actions (drmm_add_action) run in reverse order at the last put. */
export class DrmDevice {
  /** Files of the device's debugfs folder, by name: what reading one gives. */
  readonly debugfs = new Map<string, () => Kernel<readonly string[]>>();
  unplugged = false;
  registered = false;
  /** drm_file::client_id of the last file opened. */
  lastClientId = 0;
  /** i_mmap_rwsem of the device's anonymous inode. */
  readonly mmapLock: RwSemaphore;
  private refs = 1;
  private readonly actions: (() => Kernel<void>)[] = [];
  private readonly warned = new Set<string>();
  private readonly prefix: string;

  constructor(
    readonly linux: Linux,
    private readonly devtmpfs: Devtmpfs,
    /** Driver and device name, as printed before each message. */
    readonly driver: string,
    readonly name: string,
  ) {
    this.mmapLock = new RwSemaphore(linux.m, "i_mmap_rwsem");
    this.prefix = `${driver} ${name}: `;
  }

  /** drm_dev_enter(): false once the device is unplugged. */
  enter(): boolean {
    if (this.unplugged) return false;
    this.linux.rcu.unplugSrcu.readLock();
    return true;
  }

  /** drm_dev_exit(). */
  exit(): Atomic<void> {
    return this.linux.rcu.unplugSrcu.readUnlock();
  }

  /** drm_dev_unplug(): no section entered before is left running when it returns. */
  *unplug(): Kernel<void> {
    this.unplugged = true;
    yield* this.linux.rcu.unplugSrcu.synchronize();
    if (this.registered) {
      for (const node of nodes.toReversed()) yield* this.devtmpfs.submit(node);
    }
    this.registered = false;
    this.debugfs.clear();
  }

  /** drm_dev_get(): the driver's binding and each open file hold a reference. */
  get(): void {
    this.refs++;
  }

  /** drm_dev_put(): managed resources go with the last reference. */
  *put(): Kernel<void> {
    if (--this.refs === 0) yield* this.release();
  }

  /** drmm_add_action(), where memory is not short. */
  addAction(action: () => Kernel<void>): void {
    this.actions.push(action);
  }

  /** drmm_add_action_or_reset(): without memory for it the action is performed now. */
  addActionOrReset(action: () => Kernel<void>): Kernel<number> {
    if (this.linux.memory.failsNow()) return performed(action);
    this.actions.push(action);
    return done(0);
  }

  /** drmm_mutex_init(): 0, or -ENOMEM as there is no memory to remember its end. */
  mutexInit(): number {
    return this.linux.memory.failsNow() ? -ENOMEM : 0;
  }

  /** drm_dev_register(): the nodes of both minors appear. */
  *register(version: string): Kernel<number> {
    for (const node of nodes) yield* this.devtmpfs.submit(node);
    this.registered = true;
    const text = `[drm] Initialized ${this.driver} ${version} for ${this.name} on minor 0`;
    this.linux.m.rec.log("info", text);
    return 0;
  }

  /** drm_managed_release(). */
  private *release(): Kernel<void> {
    for (let action = this.actions.pop(); action !== undefined; action = this.actions.pop()) {
      yield* action();
    }
  }

  /** drm_info(), drm_warn(), drm_err(). */
  info(text: string): Atomic<void> {
    return this.printk("info", `[drm] ${text}`);
  }
  warn(text: string): Atomic<void> {
    return this.printk("warn", `[drm] ${text}`);
  }
  err(text: string): Atomic<void> {
    return this.printk("err", `[drm] *ERROR* ${text}`);
  }
  /** DRM_DEV_INFO(): with the function's name. */
  drmDevInfo(fn: string, text: string): Atomic<void> {
    return this.printk("info", `[drm:${fn}] ${text}`);
  }
  /** dev_err() of the underlying device: no "[drm]". */
  devErr(text: string): Atomic<void> {
    return this.printk("err", text);
  }

  /**
   * A preemption point before the text is stored: printk_get_console_flush_type() reads a variable
   * of the CPU, with preemption disabled around it.
   */
  private printk(level: LogLevel, text: string): Atomic<void> {
    const { m } = this.linux;
    const point = m.preemptPoint();
    if (point !== finished) return this.printkAfter(point, level, text);
    m.rec.log(level, this.prefix + text);
    return done();
  }

  private *printkAfter(point: Atomic<void>, level: LogLevel, text: string): Atomic<void> {
    yield* point;
    this.linux.m.rec.log(level, this.prefix + text);
  }

  /** A message of code that nothing has woken a task in yet, so that nothing can preempt it. */
  log(level: LogLevel, text: string): void {
    this.linux.m.rec.log(level, `${this.prefix}[drm] ${level === "err" ? "*ERROR* " : ""}${text}`);
  }

  /** drm_WARN_ON(): logs when `condition` holds; returns it. */
  warnOn(condition: boolean, what: string): boolean {
    if (condition) {
      this.linux.m.rec.log("warn", `WARNING: ${this.prefix}[drm] drm_WARN_ON(${what})`);
    }
    return condition;
  }

  /** drm_WARN_ON_ONCE(). */
  warnOnOnce(condition: boolean, what: string): boolean {
    if (condition && !this.warned.has(what)) {
      this.warned.add(what);
      this.warnOn(true, what);
    }
    return condition;
  }

  /** drm_info_once(). */
  infoOnce(text: string): Atomic<void> {
    if (this.warned.has(text)) return done();
    this.warned.add(text);
    return this.info(text);
  }
}

function* performed(action: () => Kernel<void>): Kernel<number> {
  yield* action();
  return -ENOMEM;
}
