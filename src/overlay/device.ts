// Types, constants and helpers of the driver's device unit, for overlay modules.

export * from "../driver/device/exception.ts";
export * from "../driver/device/irq.ts";
export * from "../driver/device/types.ts";
