// The drm_device part of the device: unplugging, once-only warnings, log prefix.
// Kernel: drivers/gpu/drm/drm_drv.c (drm_dev_enter, drm_dev_exit, drm_dev_unplug), drm_print.c.
// Minors, sysfs nodes and the managed-resource list itself are not modelled.

import { type Atomic, done, finished, type Kernel } from "../../machine/core/op.ts";
import type { Devtmpfs } from "../../machine/devtmpfs.ts";
import { ENOMEM, EPROBE_DEFER } from "../../machine/errno.ts";
import { RwSemaphore } from "../../machine/lock/rwsem.ts";
import type { Linux } from "../../machine/linux.ts";

type LogLevel = "info" | "warn" | "err";

const nodes = ["dri/renderD128", "dri/card0"] as const;
const minorOf = { "dri/renderD128": "render", "dri/card0": "primary" } as const;

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

  /**
   * drm_dev_unplug(), but for the CPU mappings: no section entered before is left running when it
   * returns.
   */
  *unplug(): Kernel<void> {
    this.unplugged = true;
    yield* this.linux.rcu.unplugSrcu.synchronize();
    if (this.registered) {
      for (const node of nodes.toReversed()) yield* this.devtmpfs.submit(node);
    }
    this.registered = false;
    this.debugfs.clear();
  }

  /** drm_dev_get(): the driver's binding, each open file, VM and exported object have a reference. */
  get(): void {
    this.refs++;
  }

  /** drm_dev_put(): managed resources go with the last reference. */
  *put(): Kernel<void> {
    if (--this.refs === 0) yield* this.release();
  }

  /** drmm_add_action(), with memory for it. */
  addAction(action: () => Kernel<void>): void {
    this.actions.push(action);
  }

  /** drmm_add_action_or_reset(): 0, or -ENOMEM, the action done at once. */
  *addActionOrReset(action: () => Kernel<void>): Kernel<number> {
    if (this.linux.memory.failsNow()) {
      yield* action();
      return -ENOMEM;
    }
    this.addAction(action);
    return 0;
  }

  /** drmm_mutex_init(): mutex_destroy() is a managed action, for which there may be no memory. */
  mutexInit(): number {
    return this.linux.memory.failsNow() ? -ENOMEM : 0;
  }

  /**
   * drm_dev_register(): the nodes of both minors appear, or neither stays. `fails` says whether a
   * minor's device_add() does, and with what.
   */
  *register(version: string, fails: (minor: "render" | "primary") => number): Kernel<number> {
    const added: string[] = [];
    for (const node of nodes) {
      const ret = this.linux.memory.failsNow() ? -ENOMEM : fails(minorOf[node]);
      if (ret !== 0) return yield* this.unregisterMinors(added, ret);
      yield* this.devtmpfs.submit(node);
      added.push(node);
    }
    this.registered = true;
    const text = `[drm] Initialized ${this.driver} ${version} for ${this.name} on minor 0`;
    this.linux.m.rec.log("info", text);
    return 0;
  }

  /** err_minors of drm_dev_register(): whoever entered the device through a minor has to leave. */
  private *unregisterMinors(added: readonly string[], ret: number): Kernel<number> {
    this.unplugged = true;
    yield* this.linux.rcu.unplugSrcu.synchronize();
    for (const node of added.toReversed()) yield* this.devtmpfs.submit(node);
    this.debugfs.clear();
    return ret;
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
  /** DRM_DEV_ERROR(). */
  drmDevError(fn: string, text: string): Atomic<void> {
    return this.printk("err", `[drm:${fn}] *ERROR* ${text}`);
  }
  /** dev_warn() of the underlying device. */
  devWarn(text: string): Atomic<void> {
    return this.printk("warn", text);
  }
  /**
   * dev_err_probe() (drivers/base/core.c): silent where the probe will be made again, and where
   * memory ran out, which has been said. Errors are numbers: without CONFIG_SYMBOLIC_ERRNAME.
   */
  *errProbe(err: number, text: string): Atomic<number> {
    if (err !== -EPROBE_DEFER && err !== -ENOMEM) yield* this.devErr(`error ${err}: ${text}`);
    return err;
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
