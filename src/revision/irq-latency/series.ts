// "drm/panthor: Reduce dma_fence signalling latency" (Boris Brezillon, 2026): its versions, the form
// that was merged, and the states of which there are recordings. All on Linux 7.3.

import type { Patch } from "../patch.ts";
import type { Series } from "../series.ts";
import { irqStateNonAtomic } from "./0001-irq-state-non-atomic.ts";
import { moveRegisterAccessors } from "./0002-move-register-accessors.ts";
import { irqInlineHelpers } from "./0003-irq-inline-helpers.ts";
import { eventsSpinlock } from "./0004-events-spinlock.ts";
import { dontDeferJobCompletionChecks } from "./0005-dont-defer-job-completion-checks.ts";
import { dontDeferFwEventProcessing } from "./0006-dont-defer-fw-event-processing.ts";
import { csgIrqAtUnbind } from "./0007-csg-irq-at-unbind.ts";
import { fatalLock } from "./merged-fatal-lock.ts";
import { idleFlag } from "./merged-idle-flag.ts";
import { irqThreadTakesSchedLock, noSuspendCheck, tickPushback } from "./mutants.ts";
import { rawHandlersWithThread } from "./v1/0004-dummy-thread.ts";
import { eventsFromInterruptV1 } from "./v1/0006-events-from-interrupt.ts";
import { plainRequests } from "./v1/0005-plain-requests.ts";
import { csgIrqAtUnbindV1 } from "./v1/0007-csg-irq-at-unbind.ts";
import { jobLineRawV1 } from "./v1/0009-job-line-raw.ts";
import { coalesceJobIrqs } from "./v1/0010-coalesce-job-irqs.ts";
import { rawHandlers } from "./v2/0004-raw-handlers.ts";
import { irqSafeRequests } from "./v2/0005-irq-safe-requests.ts";
import { eventsFromInterrupt } from "./v2/0006-events-from-interrupt.ts";
import { ackIrqsOnDemand } from "./v2/0008-ack-irqs-on-demand.ts";
import { jobLineRaw } from "./v2/0009-job-line-raw.ts";
import { gpuHandlerForHardirq, gpuLineRaw } from "./v2/0010-gpu-line-raw.ts";

const onLinux73 = (id: string, title: string, patches: readonly Patch[]): Series => ({
  id,
  title,
  base: "linux-7.3",
  patches,
});

const refactors = [irqStateNonAtomic, moveRegisterAccessors, irqInlineHelpers];
const upToUnbind = [
  eventsSpinlock,
  dontDeferJobCompletionChecks,
  dontDeferFwEventProcessing,
  csgIrqAtUnbind,
];
const merged = [...refactors, idleFlag, fatalLock, ...upToUnbind];
const v2UpToUnbind = [
  ...refactors,
  rawHandlers,
  irqSafeRequests,
  eventsFromInterrupt,
  csgIrqAtUnbind,
];

export const irqLatencyV3 = onLinux73("irq-latency-v3", "Reduce dma_fence signalling latency, v3", [
  ...refactors,
  ...upToUnbind,
]);

export const irqLatencyMerged = onLinux73(
  "irq-latency-merged",
  "Reduce dma_fence signalling latency, as merged",
  merged,
);

export const irqLatencyV2 = onLinux73("irq-latency-v2", "Reduce dma_fence signalling latency, v2", [
  ...v2UpToUnbind,
  ackIrqsOnDemand,
  jobLineRaw,
  gpuHandlerForHardirq,
  gpuLineRaw,
]);

/**
 * The design of the tenth patch, the coalescing of job interrupts, is not known: what is here is a
 * candidate. Patch 3 opens a line before an allocation that can fail (IRQ-11); on 7.3, where a request
 * leaves the line masked, the order makes no difference. Patch 5, whose role is only a guess for
 * v2, changes nothing here: v1's inner locks were plain.
 */
export const irqLatencyV1 = onLinux73("irq-latency-v1", "Reduce dma_fence signalling latency, v1", [
  ...refactors,
  rawHandlersWithThread,
  plainRequests,
  eventsFromInterruptV1,
  csgIrqAtUnbindV1,
  ackIrqsOnDemand,
  jobLineRawV1,
  coalesceJobIrqs,
]);

/** v2 without its on-demand interrupts and its gpu pair: what was recorded. */
export const irqLatencyV2Hardirq = onLinux73(
  "irq-latency-v2-hardirq",
  "v2: the job line in hard interrupt context",
  [...v2UpToUnbind, jobLineRaw],
);

const mutant = (patch: Patch, below: readonly Patch[], id = patch.id): Series =>
  onLinux73(id.replace("/", "-"), patch.title, [...below, patch]);

/** One mutation on top of the merged form, or of the baseline. */
export const irqLatencyMutants: readonly Series[] = [
  mutant(noSuspendCheck, merged),
  mutant(tickPushback, merged),
  mutant(tickPushback, [], `${tickPushback.id}-on-baseline`),
  mutant(irqThreadTakesSchedLock, merged),
];

export const irqLatencySeries: readonly Series[] = [
  irqLatencyV1,
  irqLatencyV2,
  irqLatencyV2Hardirq,
  irqLatencyV3,
  irqLatencyMerged,
  ...irqLatencyMutants,
];

/** Revision of a state (folder) of the recordings in `irq-latency`. */
export const recordedStates: Readonly<Record<string, string>> = {
  baseline: "linux-7.3",
  P1: "irq-latency-merged@1",
  P2: "irq-latency-merged@2",
  P3: "irq-latency-merged@3",
  P4: "irq-latency-merged@6",
  P5: "irq-latency-merged@7",
  P6: "irq-latency-merged@8",
  merged: "irq-latency-merged@9",
  "v2-hardirq": "irq-latency-v2-hardirq",
  ...Object.fromEntries(
    irqLatencyMutants.map(({ id }) => [id.replace("irq-latency-", ""), id] as const),
  ),
};
