// MMU-1 to MMU-15: the lock itself.

import type { Finding } from "../../finding.ts";
import {
  access,
  cannotShow,
  event,
  linux73,
  merged,
  otherValue,
  result,
  shown,
  v4,
  warning,
} from "./shape.ts";

export const lockFindings: readonly Finding[] = [
  shown("MMU-1", "fixed in the series", "Uninitialised result of the lock for a VM without AS", {
    trace: "mmu-01-uninitialised-result",
    has: "atomic-pt-v3-pattern",
    hasNot: v4,
    catches: [
      warning(/Unable to handle kernel paging request at virtual address fffffffffefeff16/),
    ],
    candidate: "built so that automatic variables hold a pattern; with zero nothing is to be seen",
  }),
  shown("MMU-2", "fixed in the series", "A failed LOCK leaves the region recorded", {
    trace: "mmu-02-failed-lock-recorded",
    has: "linux-6.12-atomic-pt-v3",
    hasNot: linux73,
    catches: [event("extra", /cs_lock_stall/), result(/status of fence s0:2/)],
  }),
  shown("MMU-3", "fixed in the series", "Release failing only warns", {
    trace: "mmu-03-release-only-warns",
    has: v4,
    hasNot: linux73,
    catches: [warning(/wait_ready/)],
  }),
  shown("MMU-4", "open", "Failure of flush or UNLOCK is not reported to the caller", {
    trace: "mmu-04-release-not-reported",
    has: linux73,
    hasNot: "atomic-pt-fix-report-release",
    catches: [result(/status of fence b:1/)],
  }),
  shown("MMU-5", "fixed in the series", "Activation in the middle of an operation", {
    trace: "mmu-05-activation-mid-operation",
    has: v4,
    hasNot: linux73,
    catches: [access("extra", /AS1_LOCKADDR_LO 0x10000017/)],
  }),
  shown("MMU-6", "fixed in the series", "AS enable of the old style breaks a held lock", {
    trace: "mmu-06-enable-breaks-lock",
    has: v4,
    hasNot: linux73,
    catches: [
      // Of the fault in the middle of the bind; each activation writes it as well.
      access("extra", /AS1_LOCKADDR_LO 0x0000003f.* by irq\/65-panthor/),
      event("extra", /as_flush_mem.*a=0x1 b=0x1/),
      // Enabled in the middle, and only then locked again.
      access("extra", /AS1_LOCKADDR_LO 0x10000017.* by tick_work/),
    ],
  }),
  shown("MMU-7", "open", "Unplug guard lost", {
    trace: "mmu-07-unplug-guard",
    has: v4,
    hasNot: "atomic-pt-v4-unplug-guard",
    catches: [access("extra", /AS1_COMMAND .*FLUSH_MEM/)],
  }),
  cannotShow(
    "MMU-8",
    "fixed in the series",
    "Dead flush helper",
    "a function without a caller is never executed; only the compiler and a reader see it",
  ),
  shown("MMU-9", "fixed in the series", "Deprecated AS flush commands", {
    trace: "mmu-09-flush-commands-gone",
    has: v4,
    hasNot: linux73,
    catches: [result(/status of fence s0:1/)],
  }),
  shown("MMU-10", "fixed later", "Which caches are flushed", {
    trace: "mmu-10-which-caches",
    has: merged(5),
    hasNot: linux73,
    catches: [otherValue(/GPU_CMD is 0x00000304, expected 0x00023304/)],
  }),
  shown("MMU-11", "fixed in the series", "Zero size encoded as LOCKADDR 0", {
    trace: "mmu-11-zero-size-packed",
    has: "atomic-pt-misc-v2-0002",
    hasNot: merged(4),
    catches: [access("extra", /AS1_LOCKADDR_LO 0x00000000/)],
  }),
  shown("MMU-12", "open", "Zero-size operation flushes and unlocks without a lock", {
    trace: "mmu-12-zero-size-unlocks",
    has: linux73,
    hasNot: "atomic-pt-fix-zero-size",
    catches: [access("extra", /GPU_CMD 0x00023304/), event("extra", /as_unlock_without_lock/)],
  }),
  shown("MMU-13", "fixed in the series", "UPDATE (and LOCK) not waited for", {
    trace: "mmu-13-update-not-awaited",
    has: v4,
    hasNot: linux73,
    catches: [access("missing", /R .*AS1_STATUS 0x00000001/), result(/status of fence s0:1/)],
  }),
  shown("MMU-14", "fixed later", "Lock taken before the request is validated", {
    trace: "mmu-14-locked-before-checked",
    has: merged(13),
    hasNot: linux73,
    catches: [access("extra", /AS1_LOCKADDR/), access("extra", /AS1_COMMAND .*UNLOCK/)],
  }),
  shown("MMU-15", "open", "Empty operations cost a stall and a full flush", {
    trace: "mmu-15-empty-range-costs",
    has: linux73,
    hasNot: "atomic-pt-fix-empty-range",
    catches: [access("extra", /AS1_COMMAND .*LOCK/), access("extra", /GPU_CMD 0x00023304/)],
  }),
];
