// An interrupt, a softirq and the timers in it give back what they take. The kernel itself notices
// only their preempt_count (held-locks.ts).

import type { CheckSpec } from "./check.ts";

const left = "left held: ";

export const interruptLocksCheck: CheckSpec = {
  name: "interrupt-locks",
  rule: "no interrupt and no softirq ends with a lock, a reader section or disabled preemption",
  make({ rec, report }) {
    return {
      on: {
        printk(index, _level, line) {
          const text = rec.string(line);
          if (text.startsWith(left)) report(index, text.slice(left.length));
        },
      },
    };
  },
};
