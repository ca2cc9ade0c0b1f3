// Types, constants and helpers of the driver's scheduler, for overlay modules.

export * from "../driver/sched/bits.ts";
export * from "../driver/sched/list.ts";
export * from "../driver/sched/types.ts";
