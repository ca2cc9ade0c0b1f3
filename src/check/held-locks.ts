// Nothing stays locked behind: not at the return to user space, not behind a work item, not
// behind the end of a task; nor preemption disabled behind a timer or softirq, nor interrupts enabled
// behind a handler. The kernel says each of these in its log.

import type { CheckSpec } from "./check.ts";

const texts: readonly RegExp[] = [
  /^WARNING: lock held when returning to user space!/,
  /^BUG: workqueue leaked atomic, lock or RCU/,
  /^WARNING: timer: .* preempt leak/,
  /^huh, entered softirq/,
  /^WARNING: irq \d+ handler .* enabled interrupts/,
  /^WARNING: .* still has locks held/,
];

export const heldLocksCheck: CheckSpec = {
  name: "held-locks",
  rule: "no lock is held at the return to user space, or behind a work item or a task",
  make({ rec, report }) {
    return {
      on: {
        printk(index, _level, line) {
          const text = rec.string(line);
          if (texts.some((t) => t.test(text))) report(index, text);
        },
      },
    };
  },
};
