// Every reference is dropped: the programs exit, the driver is unbound, and no object with a
// reference count is left. The end-of-run checks say in the log what hangs or is left. References
// of runtime PM are those to the device's power: the last one dropped takes its clocks away.

import type { CheckSpec } from "./check.ts";

const leak = "leak: ";
const hang = /^(exit|unbind) hangs: /;

export const referencesCheck: CheckSpec = {
  name: "references",
  rule: "every reference is dropped when the programs have exited and the driver is unbound",
  make({ rec, report }) {
    /** Where each clock that is on was enabled. */
    const clocks = new Map<number, number>();
    return {
      on: {
        clk_enable: (index, clk) => void clocks.set(clk, index),
        clk_disable: (_index, clk) => void clocks.delete(clk),
        printk(index, _level, line) {
          const text = rec.string(line);
          if (text.startsWith(leak)) report(index, text.slice(leak.length));
          else if (hang.test(text)) report(index, text);
        },
      },
      atEnd() {
        for (const [clk, index] of clocks) {
          report(index, `${rec.string(clk)} is on at the end: the device is kept in use`);
        }
      },
    };
  },
};
