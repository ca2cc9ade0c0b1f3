// The package's export `panthor-replay/overlay`: what a module needs that adds revisions of the
// driver (docs/gate.md). Names are the driver's; the units' constants and helpers are under the
// name of their unit.

export * from "./definition.ts";

export type { Driver, DriverUnits, UnitName } from "../driver/driver.ts";
export type { Atomic, Kernel } from "../machine/core/op.ts";
export { done } from "../machine/core/op.ts";
export * from "../machine/errno.ts";
export { Mutex } from "../machine/lock/mutex.ts";
export { SpinLock } from "../machine/lock/spinlock.ts";
export { DelayedWork, Work } from "../machine/workqueue/work.ts";

export * as device from "./device.ts";
export * as fw from "./fw.ts";
export * as gem from "../driver/gem/types.ts";
export * as gpu from "../driver/gpu/regs.ts";
export * as mmu from "./mmu.ts";
export * as sched from "./sched.ts";
