// MMU-27 to MMU-36: widening for 2 MiB pages.

import type { Finding } from "../../finding.ts";
import { cannotShow, linux73, merged, otherValue, result, shown, warning } from "./shape.ts";

export const blockFindings: readonly Finding[] = [
  shown("MMU-27", "fixed later", "Partial unmap of a 2 MiB entry refused", {
    trace: "mmu-27-partial-unmap-refused",
    has: merged(11),
    hasNot: linux73,
    catches: [warning(/partial large IOPTE/), result(/vm_get_state: VM state/)],
  }),
  shown("MMU-28", "fixed in the series", "Pages outside the request unmapped without widening", {
    trace: "mmu-28-survivors-not-locked",
    has: "atomic-pt-partial-unmaps-v3",
    hasNot: linux73,
    catches: [warning(/iova outside of the locked region/), { by: "check", name: "unmap-region" }],
  }),
  shown("MMU-29", "fixed in the series", "End address passed as size", {
    trace: "mmu-29-end-as-size",
    has: "atomic-pt-partial-unmaps-v4",
    hasNot: linux73,
    catches: [otherValue(/AS1_LOCKADDR_LO is 0x0000001f/)],
  }),
  shown("MMU-30", "open", "Minimum block: record and hardware disagree", {
    trace: "mmu-30-minimum-block",
    has: linux73,
    hasNot: "atomic-pt-fix-minimum-block",
    catches: [otherValue(/AS1_LOCKADDR_LO is 0x10000015/)],
  }),
  shown("MMU-31", "fixed later", "Second lock replaced the first instead of joining it", {
    trace: "mmu-31-second-lock-replaces",
    has: merged(15),
    hasNot: linux73,
    catches: [warning(/iova outside of the locked region/)],
  }),
  shown("MMU-32", "open", "Result of the widening lock ignored", {
    trace: "mmu-32-widening-lock-fails",
    has: linux73,
    hasNot: "atomic-pt-fix-widening-result",
    catches: [warning(/iova outside of the locked region/), result(/status of fence b:1/)],
  }),
  cannotShow(
    "MMU-33",
    "open",
    "Lock and unlock do not pair up",
    "a property of the interface: no caller of 7.3 depends on who owns the unlock",
  ),
  shown("MMU-34", "fixed in the series", "Wrong BO offset and dead test in the first version", {
    trace: "mmu-34-wrong-offset",
    has: "atomic-pt-partial-unmaps-v1",
    hasNot: linux73,
    catches: [result(/status of fence s0:1/)],
  }),
  shown("MMU-35", "open", "Imported buffers have no page array", {
    trace: "mmu-35-imported-buffer",
    has: linux73,
    hasNot: "atomic-pt-fix-imported-buffer",
    catches: [warning(/NULL pointer dereference/), result(/status of fence b:1/)],
  }),
  shown("MMU-36", "open", "2 MiB entry without a 2 MiB folio", {
    trace: "mmu-36-block-of-small-pages",
    has: linux73,
    hasNot: "atomic-pt-fix-huge-by-contiguity",
    catches: [warning(/partial large IOPTE/), result(/vm_get_state: VM state/)],
  }),
];
