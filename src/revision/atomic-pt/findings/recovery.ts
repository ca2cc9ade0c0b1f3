// MMU-16 to MMU-26: failure handling around the lock.

import type { Finding } from "../../finding.ts";
import {
  access,
  before,
  cannotShow,
  event,
  linux73,
  merged,
  result,
  shown,
  warning,
} from "./shape.ts";

export const recoveryFindings: readonly Finding[] = [
  shown("MMU-16", "fixed later", "Flush failure looked like a page-table failure", {
    trace: "mmu-16-flush-failure-as-table-failure",
    has: before,
    hasNot: linux73,
    catches: [warning(/map over a mapping/), result(/vm_bind: return value/)],
  }),
  shown("MMU-17", "fixed later", "Flush timeout without recovery", {
    trace: "mmu-17-stuck-flush-no-recovery",
    has: merged(4),
    hasNot: linux73,
    catches: [warning(/pending_reqs/)],
  }),
  shown("MMU-18", "open", "The pending flush bit survives a PWR-controlled reset", {
    trace: "mmu-18-flush-pending-after-pwr-reset",
    has: linux73,
    hasNot: "atomic-pt-fix-pwr-reset",
    catches: [access("missing", /GPU_CMD 0x00023304|GPU_COMMAND/)],
  }),
  shown("MMU-19", "fixed later", "A recycled AS slot was not flushed", {
    trace: "mmu-19-recycled-without-flush",
    has: merged(9),
    hasNot: linux73,
    catches: [access("missing", /GPU_CMD 0x00023304/)],
  }),
  shown("MMU-20", "fixed later", "AS disabled or recycled with a region locked", {
    trace: "mmu-20-recycled-while-locked",
    has: merged(10),
    hasNot: linux73,
    catches: [access("missing", /AS1_COMMAND .*UNLOCK/), result(/status of fence s\d:1/)],
  }),
  shown("MMU-21", "fixed in the series", "Clearing the record in AS disable", {
    trace: "mmu-21-record-cleared",
    has: "atomic-pt-fixes-v1-record-cleared",
    hasNot: linux73,
    catches: [warning(/iova outside of the locked region/)],
  }),
  cannotShow(
    "MMU-22",
    "fixed in the series",
    "Missing lock assertion",
    "every caller holds slots_lock, so the assertion that was missing cannot fire",
  ),
  shown("MMU-23", "fixed in the series", "Inverted lock call", {
    trace: "mmu-23-inverted-lock",
    has: "atomic-pt-misc-v1-inverted-lock",
    hasNot: linux73,
    catches: [warning(/DEBUG_LOCKS_WARN_ON/)],
  }),
  shown("MMU-24", "open", "Recovery loop in unmap looks at the wrong address", {
    trace: "mmu-24-recovery-wrong-address",
    has: linux73,
    hasNot: "atomic-pt-fix-recovery-address",
    catches: [event("missing", /pgtable_unmap.*iova=0x10241000/)],
  }),
  shown("MMU-25", "open", "Error after the unmap part of a remap", {
    trace: "mmu-25-remap-half-done",
    has: "atomic-pt-what-if-no-reserved-table",
    hasNot: "atomic-pt-fix-remap-checks-reserve",
    catches: [
      event("extra", /pgtable_unmap.*iova=0x10000000/),
      result(/vm_get_state: VM state is unusable/),
    ],
    candidate:
      "the allocation that fails, in both revisions, is the table page in reserve, which 7.3 " +
      "always has",
  }),
  cannotShow(
    "MMU-26",
    "open",
    "Slot leak when AS enable fails",
    "only a tick activates VMs: it ends at the first that fails, and the reset that this schedules " +
      "gives the slot back before the next tick (recording mmu-enable-fails: no warning of it)",
  ),
];
