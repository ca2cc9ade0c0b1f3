// Types, constants and registers of the driver's MMU unit, for overlay modules.

export * from "../driver/mmu/regs.ts";
export * from "../driver/mmu/types.ts";
