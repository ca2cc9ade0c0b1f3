// All regressions of the corpus.

import { asDisabledWhileLocked } from "./as-disabled-while-locked.ts";
import { asUpdateNotAwaited } from "./as-update-not-awaited.ts";
import { bindFailureIgnored } from "./bind-failure-ignored.ts";
import { blockedInSpiteOfDeferred } from "./blocked-in-spite-of-deferred.ts";
import { boOffsetUnchecked } from "./bo-offset-unchecked.ts";
import { chunkSizePowerOfTwo } from "./chunk-size-power-of-two.ts";
import { coherencyAsMask } from "./coherency-as-mask.ts";
import { coherencyBeforePower } from "./coherency-before-power.ts";
import { devExitLeaked } from "./dev-exit-leaked.ts";
import { emptyStreamNullFence } from "./empty-stream-null-fence.ts";
import { eventsAfterUnplug } from "./events-after-unplug.ts";
import { extractEvents } from "./extract-events.ts";
import { groupPriorityUnchecked } from "./group-priority-unchecked.ts";
import { haltAtUnplug } from "./halt-at-unplug.ts";
import { heapChunksInconsistent } from "./heap-chunks-inconsistent.ts";
import { idlenessOfTheSlot } from "./idleness-of-the-slot.ts";
import { immediateTickPushedBack } from "./immediate-tick-pushed-back.ts";
import { immediateTickWhenOff } from "./immediate-tick-when-off.ts";
import { innocentNotReported } from "./innocent-not-reported.ts";
import { invertedTimeoutGuard } from "./inverted-timeout-guard.ts";
import { irqStatusReadWhileSuspended } from "./irq-status-read-while-suspended.ts";
import { irqUnmaskedAtRequest } from "./irq-unmasked-at-request.ts";
import { jobForDeadGroup } from "./job-for-dead-group.ts";
import { mmapOffsetOfNoMmap } from "./mmap-offset-of-no-mmap.ts";
import { noFenceErrorOnFault } from "./no-fence-error-on-fault.ts";
import { noFlushOnRecycle } from "./no-flush-on-recycle.ts";
import { noRecoveryFromStuckFlush } from "./no-recovery-from-stuck-flush.ts";
import { noResetOnUnrecoverable } from "./no-reset-on-unrecoverable.ts";
import { oneVmaForUnmap } from "./one-vma-for-unmap.ts";
import { oomErrorPointer } from "./oom-error-pointer.ts";
import { oomNeverIncremental } from "./oom-never-incremental.ts";
import { oomReferenceLeak } from "./oom-reference-leak.ts";
import { partialMapOffsetKept } from "./partial-map-offset-kept.ts";
import { partialUnmapOfBlocks } from "./partial-unmap-of-blocks.ts";
import { postResetSkipped } from "./post-reset-skipped.ts";
import { queueCountUnchecked } from "./queue-count-unchecked.ts";
import { queueHalfMade } from "./queue-half-made.ts";
import { resetDuringInit } from "./reset-during-init.ts";
import { resumeErrorLost } from "./resume-error-lost.ts";
import { sleepInFdinfo } from "./sleep-in-fdinfo.ts";
import { slotsKeptAfterFailedTermination } from "./slots-kept-after-failed-termination.ts";
import { stopTickingTooEarly } from "./stop-ticking-too-early.ts";
import { suspendRacesUnplug } from "./suspend-races-unplug.ts";
import { suspendTimeoutNotReported } from "./suspend-timeout-not-reported.ts";
import { tickNotResumed } from "./tick-not-resumed.ts";
import { groupPriorityRotation, invertedFullTick } from "./tick-rotation.ts";
import { timeoutPerJob } from "./timeout-per-job.ts";
import { vmDestroyedBeforeEviction } from "./vm-destroyed-before-eviction.ts";
import { writeFencesOnShared } from "./write-fences-on-shared.ts";
import type { Regression } from "./regression.ts";

export const regressions: readonly Regression[] = [
  asDisabledWhileLocked,
  asUpdateNotAwaited,
  bindFailureIgnored,
  blockedInSpiteOfDeferred,
  boOffsetUnchecked,
  chunkSizePowerOfTwo,
  coherencyAsMask,
  coherencyBeforePower,
  devExitLeaked,
  emptyStreamNullFence,
  eventsAfterUnplug,
  extractEvents,
  groupPriorityUnchecked,
  haltAtUnplug,
  heapChunksInconsistent,
  idlenessOfTheSlot,
  immediateTickPushedBack,
  immediateTickWhenOff,
  innocentNotReported,
  invertedTimeoutGuard,
  irqStatusReadWhileSuspended,
  irqUnmaskedAtRequest,
  jobForDeadGroup,
  mmapOffsetOfNoMmap,
  noFenceErrorOnFault,
  noFlushOnRecycle,
  noRecoveryFromStuckFlush,
  noResetOnUnrecoverable,
  oneVmaForUnmap,
  oomErrorPointer,
  oomNeverIncremental,
  oomReferenceLeak,
  partialMapOffsetKept,
  partialUnmapOfBlocks,
  postResetSkipped,
  queueCountUnchecked,
  queueHalfMade,
  resetDuringInit,
  resumeErrorLost,
  sleepInFdinfo,
  slotsKeptAfterFailedTermination,
  stopTickingTooEarly,
  suspendRacesUnplug,
  suspendTimeoutNotReported,
  tickNotResumed,
  groupPriorityRotation,
  invertedFullTick,
  timeoutPerJob,
  vmDestroyedBeforeEviction,
  writeFencesOnShared,
];
