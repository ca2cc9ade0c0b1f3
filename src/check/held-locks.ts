// Nothing stays locked behind: not at the return to user space, not behind a work item, not
// behind the end of a task. The kernel says each of these in its log.

import type { CheckSpec } from "./check.ts";

const texts: readonly RegExp[] = [
  /^WARNING: lock held when returning to user space!/,
  /^BUG: workqueue leaked atomic, lock or RCU/,
  /^WARNING: .* still has locks held/,
];

export const heldLocksCheck: CheckSpec = {
  name: "held-locks",
  rule: "no lock is held at the return to user space, or behind a work item or a task",
  make({ rec, report }) {
    return {
      on: {
        printk(index) {
          const text = rec.string(rec.arg(index, 1));
          if (texts.some((t) => t.test(text))) report(index, text);
        },
      },
    };
  },
};
