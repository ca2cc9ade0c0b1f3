// Registers and bits of the power control block (architecture 14). Kernel: panthor_pwr_regs.h.
// Offsets are absolute: the block's base is added.

const PWR_CONTROL_BASE = 0x800;

export const PWR_INT_BASE = PWR_CONTROL_BASE;
export const PWR_IRQ_POWER_CHANGED_SINGLE = 1 << 0;
export const PWR_IRQ_POWER_CHANGED_ALL = 1 << 1;
export const PWR_IRQ_DELEGATION_CHANGED = 1 << 2;
export const PWR_IRQ_RESET_COMPLETED = 1 << 3;
export const PWR_IRQ_RETRACT_COMPLETED = 1 << 4;
export const PWR_IRQ_INSPECT_COMPLETED = 1 << 5;
export const PWR_IRQ_COMMAND_NOT_ALLOWED = 1 << 30;
export const PWR_IRQ_COMMAND_INVALID = 0x80000000;

export const PWR_STATUS = PWR_CONTROL_BASE + 0x20;
const delegatedShift = 16n;
export const pwrStatusDomainAllowed = (domain: number): bigint => 1n << BigInt(domain);
export const pwrStatusDomainDelegated = (domain: number): bigint =>
  1n << (BigInt(domain) + delegatedShift);
export const PWR_STATUS_ALLOW_SOFT_RESET = 1n << 33n;
export const PWR_STATUS_RETRACT_PENDING = 1n << 43n;

export const PWR_COMMAND = PWR_CONTROL_BASE + 0x28;
export const PWR_COMMAND_POWER_UP = 0x10;
export const PWR_COMMAND_POWER_DOWN = 0x11;
export const PWR_COMMAND_DELEGATE = 0x20;
export const PWR_COMMAND_RETRACT = 0x21;
export const PWR_COMMAND_RESET_SOFT = 0x31;
export const PWR_COMMAND_DOMAIN_L2 = 0;
export const PWR_COMMAND_DOMAIN_TILER = 1;
export const PWR_COMMAND_DOMAIN_SHADER = 8;
export const PWR_COMMAND_DOMAIN_BASE = 14;
export const PWR_COMMAND_DOMAIN_STACK = 15;
export const PWR_COMMAND_SUBDOMAIN_RTU = 1 << 0;
export const pwrCommandDef = (cmd: number, domain: number, subdomain: number): number =>
  (subdomain << 16) | (domain << 8) | cmd;

export const PWR_CMDARG = PWR_CONTROL_BASE + 0x30;

export const PWR_L2_PRESENT = PWR_CONTROL_BASE + 0x100;
export const PWR_L2_READY = PWR_CONTROL_BASE + 0x108;
export const PWR_L2_PWRTRANS = PWR_CONTROL_BASE + 0x110;
export const PWR_TILER_PRESENT = PWR_CONTROL_BASE + 0x140;
export const PWR_TILER_READY = PWR_CONTROL_BASE + 0x148;
export const PWR_TILER_PWRTRANS = PWR_CONTROL_BASE + 0x150;
export const PWR_SHADER_PRESENT = PWR_CONTROL_BASE + 0x200;
export const PWR_SHADER_READY = PWR_CONTROL_BASE + 0x208;
export const PWR_SHADER_PWRTRANS = PWR_CONTROL_BASE + 0x210;
export const PWR_BASE_PRESENT = PWR_CONTROL_BASE + 0x380;
export const PWR_STACK_PRESENT = PWR_CONTROL_BASE + 0x3c0;
