// MMU-47 to MMU-62: defects of the state before, and repeat and sparse mappings.

import type { Finding } from "../../finding.ts";
import { access, before, cannotShow, linux73, merged, result, shown, warning } from "./shape.ts";

export const otherFindings: readonly Finding[] = [
  shown("MMU-47", "fixed later", "Hole between unmap and map", {
    trace: "mmu-47-hole-in-rebind",
    has: before,
    hasNot: linux73,
    catches: [result(/status of fence s0:1/)],
  }),
  shown("MMU-48", "fixed later", "Table pages reused before invalidation", {
    trace: "mmu-48-table-freed-while-walked",
    has: before,
    hasNot: linux73,
    catches: [{ by: "check", name: "unmap-region" }],
  }),
  shown("MMU-49", "fixed later", "Several full flushes per operation", {
    trace: "mmu-49-flush-per-step",
    has: merged(5),
    hasNot: linux73,
    catches: [access("extra", /GPU_CMD 0x00000304/), access("extra", /AS1_COMMAND .*UNLOCK/)],
  }),
  shown("MMU-50", "fixed later", "Scatterlist offset not reset", {
    trace: "mmu-50-offset-not-reset",
    has: "atomic-pt-mutant-offset-not-reset",
    hasNot: linux73,
    catches: [result(/status of fence s0:1/)],
  }),
  shown("MMU-51", "settled", "Foreign flush ends a lock", {
    trace: "mmu-51-foreign-flush-drops-lock",
    has: "atomic-pt-what-if-flush-drops-locks",
    hasNot: linux73,
    catches: [result(/status of fence s0:1/)],
    candidate: "hardware of before Mali-G: played by an UNLOCK that the driver writes",
  }),
  shown("MMU-52", "settled", "Unwind of a failed repeat is off by one", {
    trace: "mmu-52-repeat-unwind",
    has: "atomic-pt-repeat-v4",
    hasNot: "atomic-pt-repeat-unwound",
    catches: [result(/status of fence s0:2/)],
  }),
  shown("MMU-53", "settled", "Zero repeat range reaches a division", {
    trace: "mmu-53-repeat-range-zero",
    has: "atomic-pt-repeat-v4-trapping",
    hasNot: "atomic-pt-repeat-unwound",
    catches: [warning(/divide error/)],
    candidate:
      "an architecture whose division by zero traps; on arm64 the request is refused by luck",
  }),
  cannotShow(
    "MMU-54",
    "settled",
    "gpuvm unmap stores the repeat range in the wrong half",
    "nothing in the driver of the series reads the field that is wrong",
  ),
  cannotShow(
    "MMU-55",
    "settled",
    "gpuvm review points",
    "wording, names, documentation and the order of patches",
  ),
  cannotShow(
    "MMU-56",
    "settled",
    "uAPI width and padding",
    "the layout of a struct: a program of a trace gives values, not bytes",
  ),
  shown("MMU-57", "settled", "Cost of the repeat loop", {
    trace: "mmu-57-repeat-costs",
    has: "atomic-pt-repeat-without-atomic",
    hasNot: "atomic-pt-repeat-v4",
    catches: [access("extra", /GPU_CMD 0x00000304/)],
  }),
  shown("MMU-58", "fixed in the series", "Restoring an evicted sparse VMA", {
    trace: "mmu-58-sparse-restored",
    has: "atomic-pt-mutant-sparse-restored-as-plain",
    hasNot: linux73,
    catches: [result(/status of fence s0:2/)],
  }),
  shown("MMU-59", "fixed in the series", "Raw dummy pages", {
    trace: "mmu-59-dummy-shared",
    has: "atomic-pt-mutant-one-dummy-for-all",
    hasNot: linux73,
    catches: [result(/status of fence s1:1/)],
    candidate: "one dummy object for all files, in the place of an array of pages",
  }),
  shown("MMU-60", "fixed in the series", "Enum value inserted in the middle", {
    trace: "mmu-60-query-renumbered",
    has: "atomic-pt-mutant-query-in-the-middle",
    hasNot: linux73,
    catches: [result(/dev_query: return value/)],
  }),
  shown("MMU-61", "open", "Flag present without version bump", {
    trace: "mmu-61-flag-without-version",
    has: "atomic-pt-merged~19",
    hasNot: linux73,
    catches: [result(/minor version/)],
  }),
  shown("MMU-62", "settled", "Sparse areas alias each other", {
    trace: "mmu-62-sparse-ranges-alias",
    has: linux73,
    hasNot: "atomic-pt-what-if-dummy-of-each-vm",
    catches: [result(/status of fence s1:1/)],
  }),
];
