// Constants of the firmware interface, for overlay modules.

export * from "../driver/fw/iface-bits.ts";
export * from "../driver/fw/regs.ts";
