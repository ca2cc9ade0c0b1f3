// v3 as a compiler makes it that fills automatic variables with 0xfe: the result of the lock of a VM
// without address space is a negative number that is no errno. Who turns it into an error pointer and
// asks IS_ERR() takes it for a pointer (recording mmu-first--v3-pattern: the firmware loader).

import { compose } from "../../irq-latency/compose.ts";
import { overlay, patch } from "../../patch.ts";
import { atomicUpdates } from "../0001-atomic-updates.ts";

/** Four bytes of 0xfe as an int. */
const patternInt = 0xfefefefe | 0;
const maxErrno = 4095;

const about = {
  id: "atomic-pt/v3-0001-pattern",
  source: "v3 1/7 of 2025-07-03, automatic variables filled with a pattern",
  observable: "the lock of a VM without address space returns garbage",
};

const errorPointers = overlay((final, prev) => ({
  gem: {
    *kernelBoCreate(...args) {
      const bo = yield* prev.gem.kernelBoCreate(...args);
      if (typeof bo !== "number" || bo >= -maxErrno) return bo;
      const address = (BigInt.asUintN(64, BigInt(bo)) + 0x18n).toString(16);
      const text = `Unable to handle kernel paging request at virtual address ${address}`;
      return yield* final().linux.oops(text, "panthor_fw_load_section_entry");
    },
  },
}));

export const atomicUpdatesV3Pattern = patch({
  ...atomicUpdates(about, patternInt),
  overlay: compose(atomicUpdates(about, patternInt).overlay, errorPointers),
});
