// Every reference is dropped: the programs exit, the driver is unbound, and no object with a
// reference count is left. The end-of-run checks say in the log what hangs or is left.

import type { CheckSpec } from "./check.ts";

const leak = "leak: ";
const hang = /^(exit|unbind) hangs: /;

export const referencesCheck: CheckSpec = {
  name: "references",
  rule: "every reference is dropped when the programs have exited and the driver is unbound",
  make({ rec, report }) {
    return {
      on: {
        printk(index) {
          const text = rec.string(rec.arg(index, 1));
          if (text.startsWith(leak)) report(index, text.slice(leak.length));
          else if (hang.test(text)) report(index, text);
        },
      },
    };
  },
};
