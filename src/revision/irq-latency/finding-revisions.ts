// Revisions that exist for a finding: the series or the baseline with one thing changed.

import {
  bindFailureIgnored,
  immediateTickPushedBack,
  irqStatusReadWhileSuspended,
  irqUnmaskedAtRequest,
  oomErrorPointer,
  oomReferenceLeak,
  type Regression,
  resetDuringInit,
} from "../july-fixes.ts";
import type { Patch } from "../patch.ts";
import type { Series } from "../series.ts";
import { irqInlineHelpers } from "./0003-irq-inline-helpers.ts";
import { irqLatencyMerged, irqLatencyV1, irqLatencyV2, irqLatencyV3 } from "./series.ts";
import * as lines from "./mutants/lines.ts";
import * as rules from "./mutants/lock-rules.ts";
import * as races from "./mutants/races.ts";
import * as unfixed from "./mutants/unfixed.ts";

const v1 = irqLatencyV1.patches;
const v3 = irqLatencyV3.patches;
const v2 = irqLatencyV2.patches;
const merged = irqLatencyMerged.patches;

const stack = (name: string, title: string, patches: readonly Patch[]): Series => ({
  id: `irq-latency-${name}`,
  title,
  base: "linux-7.3",
  patches,
});

/** One change on top of `below`, named after the change. */
const on = (below: readonly Patch[], patch: Patch, name?: string): Series =>
  stack(name ?? patch.id.replace("irq-latency/", ""), patch.title, [...below, patch]);

/** A fix of 7.2-rc2 taken back. */
const without = (number: number, { patch }: Regression): Series =>
  stack(`without-fix-${number}`, patch.title, [patch]);

export const findingRevisions: readonly Series[] = [
  on(v1.slice(0, 6), rules.assertEventsInSuspend, "v1-assert-events-in-suspend"),
  on(v2.slice(0, 6), rules.assertEventsInSuspend, "v2-assert-events-in-suspend"),
  stack("name-after-open", "v1 3/10 on a driver that opens a line when it requests it", [
    irqInlineHelpers,
    irqUnmaskedAtRequest.patch,
  ]),
  stack("name-before-open", "v2 3/11 on a driver that opens a line when it requests it", [
    irqUnmaskedAtRequest.patch,
    irqInlineHelpers,
  ]),
  stack("raw-lock-not-saving", "v2 1/11, one line never threaded", [
    ...v3,
    lines.jobLineNeverThreaded,
    lines.rawLockNotSaving,
  ]),
  on(v3, lines.jobLineNeverThreaded, "raw-lock-saving"),
  on(v3, lines.gpuBehindMmu),
  on(merged, races.plainFatalQueues),
  on(v3, rules.assertIdleFlag, "v3-assert-idle-flag"),
  on(merged, rules.assertIdleFlag, "merged-assert-idle-flag"),
  on(merged, rules.assertBothForPriority),
  on(merged, rules.assertBothForBinding),
  on(merged, rules.vmIdleUnderEventsLock),
  on(v3.slice(0, 4), rules.allocationInCompletionCheck, "allocation-at-p4"),
  on(v3.slice(0, 5), rules.allocationInCompletionCheck, "allocation-at-p5"),
  on(v2, lines.plainReqsLock, "v2-plain-reqs-lock"),
  on(v3, lines.plainReqsLock, "v3-plain-reqs-lock"),
  on(v3.slice(0, 6), races.watchLeavingGroups, "p6-watch-leaving-groups"),
  on(v3, races.watchLeavingGroups, "v3-watch-leaving-groups"),
  on([], lines.watchForeignInterrupts),
  on(v3.slice(0, 1), lines.watchForeignInterrupts, "p1-watch-foreign-interrupts"),
  on([], races.stalledWorker),
  on(v3, races.stalledWorker, "v3-stalled-worker"),
  on([], lines.gpuSuspendedFirst),
  on(v3, lines.lockAcrossHandler),
  on(v2, rules.ackWaitUnderEventsLock),
  on([], unfixed.neighbourDriver),
  stack("without-fix-40", unfixed.fenceLockUnprotected.title, [
    unfixed.neighbourDriver,
    unfixed.fenceLockUnprotected,
  ]),
  without(37, irqStatusReadWhileSuspended),
  without(38, irqUnmaskedAtRequest),
  without(39, resetDuringInit),
  without(41, oomReferenceLeak),
  without(42, oomErrorPointer),
  without(43, bindFailureIgnored),
  without(44, immediateTickPushedBack),
  on([], unfixed.pwrTouchedAtUnplug, "without-fix-45"),
];
