// Fences: everything that drivers and tests use.

export * from "./array.ts";
export * from "./chain.ts";
export * from "./exec.ts";
export * from "./fence-core.ts";
export * from "./fence-ops.ts";
export * from "./fence.ts";
export * from "./fences.ts";
export * from "./irq-work.ts";
export * from "./order.ts";
export * from "./resv.ts";
export * from "./sync-file.ts";
export * from "./unwrap.ts";
export * from "./wait.ts";
export * from "./ww-mutex.ts";
