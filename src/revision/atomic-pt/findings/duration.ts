// MMU-37 to MMU-46: size and duration of the lock, reset, loss of the VM, interrupts, eviction.

import type { Finding } from "../../finding.ts";
import { access, event, linux73, otherValue, result, shown, v4, warning } from "./shape.ts";

export const durationFindings: readonly Finding[] = [
  shown("MMU-37", "open", "Block much larger than the request", {
    trace: "mmu-37-block-larger-than-request",
    has: linux73,
    hasNot: "atomic-pt-what-if-no-rounding",
    catches: [event("extra", /cs_lock_stall/), otherValue(/AS1_LOCKADDR_LO is 0x0000001f/)],
    candidate: "compared with a lock that ends at the boundary, which hardware cannot do",
  }),
  shown("MMU-38", "open", "Long operations stall GPU and scheduler", {
    trace: "mmu-38-long-operation-stalls",
    has: linux73,
    hasNot: v4,
    catches: [
      {
        by: "difference",
        section: "fences",
        kind: "delayed",
        of: /fence \d+:2 is signalled [1-9]\d{3}\.\d+ us later/,
      },
    ],
  }),
  shown("MMU-39", "fixed later", "Whole-VM lock at VM destruction", {
    trace: "mmu-39-vm-destroyed-with-groups",
    has: "atomic-pt-merged~13",
    hasNot: linux73,
    catches: [
      { by: "difference", section: "registers", kind: "moved", of: /AS1_COMMAND .*LOCK.* earlier/ },
    ],
  }),
  shown("MMU-40", "open", "Sync operation across a reset leaves a lock to the next owner", {
    trace: "mmu-40-lock-across-reset",
    has: linux73,
    hasNot: "atomic-pt-fix-lock-across-reset",
    catches: [result(/status of fence s2:1/), event("extra", /cs_lock_stall/)],
    candidate: "UPDATE does not end a lock",
  }),
  shown("MMU-41", "open", "Unusable VM comes back to life", {
    trace: "mmu-41-unusable-vm-revived",
    has: linux73,
    hasNot: "atomic-pt-fix-unusable-stays-off",
    catches: [access("extra", /AS\d_TRANSTAB_LO/)],
  }),
  shown("MMU-42", "open", "AS switched off with its interrupt masked", {
    trace: "mmu-42-masked-and-off",
    has: linux73,
    hasNot: "atomic-pt-merged~15",
    catches: [result(/syncobj_timeline_wait: return value/)],
  }),
  shown("MMU-43", "open", "Second UNLOCK on an AS already unlocked", {
    trace: "mmu-43-second-unlock",
    has: linux73,
    hasNot: "atomic-pt-fix-second-unlock",
    catches: [access("extra", /AS1_COMMAND .*UNLOCK/), event("extra", /as_unlock_without_lock/)],
  }),
  shown("MMU-44", "fixed in the series", "Lock result ignored in eviction", {
    trace: "mmu-44-eviction-without-lock",
    has: "atomic-pt-mutant-evict-without-lock",
    hasNot: linux73,
    catches: [warning(/iova outside of the locked region/)],
  }),
  shown("MMU-45", "fixed in the series", "Evicting twice", {
    trace: "mmu-45-evicted-twice",
    has: "atomic-pt-mutant-evict-twice",
    hasNot: linux73,
    catches: [warning(/io-pgtable: unmap/)],
  }),
  shown("MMU-46", "open", "One flush per VMA", {
    trace: "mmu-46-one-flush-per-mapping",
    has: linux73,
    hasNot: "atomic-pt-what-if-evict-locked-once",
    catches: [access("extra", /GPU_CMD 0x00023304/), access("extra", /AS1_COMMAND .*UNLOCK/)],
  }),
];
