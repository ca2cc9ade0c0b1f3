// The power control block of arch 14 and later, and its commands. A device of an earlier
// architecture does not have it: an access is an error there. Kernel: panthor_pwr_regs.h (7.3).

import type { Access, RegisterSpec, RegisterTable } from "./table.ts";

/** PWR_CONTROL_BASE. */
export const pwrBase = 0x800;
/** End of the block: what the driver's register list reaches, rounded up. */
export const pwrEnd = 0xc00;

/** Bits of PWR_INT_*. */
export const pwrIrq = {
  powerChangedSingle: 1 << 0,
  powerChangedAll: 1 << 1,
  delegationChanged: 1 << 2,
  resetCompleted: 1 << 3,
  retractCompleted: 1 << 4,
  inspectCompleted: 1 << 5,
  commandNotAllowed: 1 << 30,
  commandInvalid: 2 ** 31,
} as const;

/** PWR_COMMAND, bits 7:0. */
export const pwrCommand = {
  powerUp: 0x10,
  powerDown: 0x11,
  delegate: 0x20,
  retract: 0x21,
  resetSoft: 0x31,
  resetFast: 0x32,
  inspect: 0xf0,
} as const;

/** PWR_COMMAND, bits 15:8: also the domain's bit in PWR_STATUS, and 16 above it when delegated. */
export const pwrDomain = { L2: 0, TILER: 1, SHADER: 8, BASE: 14, STACK: 15 } as const;

/** Bits of PWR_STATUS that are not those of a domain. */
export const pwrStatus = {
  delegatedShift: 16,
  allowSoftReset: 33,
  allowFastReset: 34,
  powerPending: 41,
  resetPending: 42,
  retractPending: 43,
} as const;

const intFields = {
  POWER_CHANGED_SINGLE: [0, 1],
  POWER_CHANGED_ALL: [1, 1],
  DELEGATION_CHANGED: [2, 1],
  RESET_COMPLETED: [3, 1],
  RETRACT_COMPLETED: [4, 1],
  INSPECT_COMPLETED: [5, 1],
  COMMAND_NOT_ALLOWED: [30, 1],
  COMMAND_INVALID: [31, 1],
} as const;

const commandNames: Readonly<Record<number, string>> = {
  [pwrCommand.powerUp]: "POWER_UP",
  [pwrCommand.powerDown]: "POWER_DOWN",
  [pwrCommand.delegate]: "DELEGATE",
  [pwrCommand.retract]: "RETRACT",
};

/** Commands of each domain by value, with and without the subdomain of the ray tracing unit. */
function commandValues(): Readonly<Record<number, string>> {
  const values: Record<number, string> = {
    [pwrCommand.resetSoft]: "RESET_SOFT",
    [pwrCommand.resetFast]: "RESET_FAST",
  };
  for (const [domain, bit] of Object.entries(pwrDomain)) {
    for (const [command, name] of Object.entries(commandNames)) {
      values[(bit << 8) | Number(command)] = `${name}(${domain})`;
    }
  }
  for (const command of [pwrCommand.powerUp, pwrCommand.powerDown]) {
    values[(1 << 16) | (pwrDomain.SHADER << 8) | command] = `${commandNames[command]}(SHADER+RTU)`;
  }
  return values;
}

const row = (
  offset: number,
  width: 32 | 64,
  access: Access,
  symbol: string,
  more: Pick<RegisterSpec, "values" | "fields"> = {},
): RegisterSpec => ({
  offset: pwrBase + offset,
  width,
  access,
  compare: "exact",
  source: `panthor_pwr_regs.h:${symbol}`,
  ...more,
});

/** PRESENT, READY, PWRTRANS and (but for the stack) PWRACTIVE of a domain. */
function domainRows(domain: string, offset: number, active = true): RegisterTable {
  const names = ["PRESENT", "READY", "PWRTRANS", ...(active ? ["PWRACTIVE"] : [])];
  return Object.fromEntries(
    names.map((what, i) => {
      const name = `PWR_${domain}_${what}`;
      return [name, row(offset + i * 8, 64, "r", name)];
    }),
  );
}

export const pwr: RegisterTable = {
  PWR_INT_RAWSTAT: row(0x00, 32, "rw", "PWR_INT_BASE", { fields: intFields }),
  PWR_INT_CLEAR: row(0x04, 32, "w", "PWR_INT_BASE", { fields: intFields }),
  PWR_INT_MASK: row(0x08, 32, "rw", "PWR_INT_BASE", { fields: intFields }),
  PWR_INT_STAT: row(0x0c, 32, "r", "PWR_INT_BASE", { fields: intFields }),
  PWR_STATUS: row(0x20, 64, "r", "PWR_STATUS"),
  PWR_COMMAND: row(0x28, 32, "w", "PWR_COMMAND", { values: commandValues() }),
  PWR_CMDARG: row(0x30, 64, "rw", "PWR_CMDARG"),
  ...domainRows("L2", 0x100),
  ...domainRows("TILER", 0x140),
  ...domainRows("SHADER", 0x200),
  ...domainRows("BASE", 0x380),
  ...domainRows("STACK", 0x3c0, false),
};
