// An address space executes one command at a time: a command written while one is active is lost.
// So AS_STATUS has to be seen idle between two commands.

import { asCommand } from "../device/registers/mmu.ts";
import { asActive, asMax, asOf, asWord, asWordOf, resetsDevice } from "./as-registers.ts";
import type { CheckSpec } from "./check.ts";

const commandNames = new Map<number, string>(
  Object.entries(asCommand).map(([name, value]) => [value, name]),
);

export const asCommandCheck: CheckSpec = {
  name: "as-command",
  rule: "no AS command is written before the last one was seen to have ended",
  make({ report }) {
    /** The command whose end has not been seen, by address space; -1 for none. */
    const pending = new Int32Array(asMax).fill(-1);
    return {
      on: {
        mmio_read(_index, offset, value) {
          const as = asOf(offset);
          if (as < 0 || asWordOf(offset) !== asWord.status) return;
          if ((value & asActive) === 0) pending[as] = -1;
        },
        mmio_write(index, offset, value) {
          if (resetsDevice(offset, value)) pending.fill(-1);
          const as = asOf(offset);
          if (as < 0 || asWordOf(offset) !== asWord.command) return;
          if (pending[as] >= 0) {
            const before = commandNames.get(pending[as]) ?? pending[as];
            const now = commandNames.get(value) ?? value;
            report(index, `AS${as}: ${now} is written before ${before} was seen to have ended`);
          }
          pending[as] = value;
        },
        // Without power nothing is active.
        clk_disable: () => pending.fill(-1),
      },
    };
  },
};
