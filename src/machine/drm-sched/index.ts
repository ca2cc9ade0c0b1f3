// The GPU scheduler: everything that drivers and tests use.

export * from "./backend.ts";
export * from "./entity.ts";
export * from "./job.ts";
export * from "./priority.ts";
export * from "./recovery.ts";
export * from "./rq.ts";
export * from "./sched-fence.ts";
export * from "./scheduler.ts";
export * from "./stats.ts";
