// The corpus' regressions that take back fixes of July 2026 (drm-misc-fixes, for 7.2-rc2): they are
// findings about the series that were the reason for the fixes, too.

export { bindFailureIgnored } from "./corpus/bind-failure-ignored.ts";
export { immediateTickPushedBack } from "./corpus/immediate-tick-pushed-back.ts";
export { irqStatusReadWhileSuspended } from "./corpus/irq-status-read-while-suspended.ts";
export { irqUnmaskedAtRequest } from "./corpus/irq-unmasked-at-request.ts";
export { oomErrorPointer } from "./corpus/oom-error-pointer.ts";
export { oomReferenceLeak } from "./corpus/oom-reference-leak.ts";
export { resetDuringInit } from "./corpus/reset-during-init.ts";
export type { Regression } from "./corpus/regression.ts";
