// Each command of an address space is waited for, UPDATE and LOCK included.
// Kernel: panthor_mmu.c (as_send_cmd_and_wait), merged as d2c6fde56d45.

import { AS_COMMAND_FLUSH_MEM, AS_COMMAND_FLUSH_PT } from "../../../driver/mmu/regs.ts";
import { overlay, patch } from "../../patch.ts";
import { asPorted } from "../as-ported.ts";

export const waitAfterCommand = patch({
  id: "atomic-pt/merged-0003",
  title: "Always wait after sending a command to an AS",
  source: "d2c6fde56d45; B2 1/6",
  observable: "AS_STATUS is polled after UPDATE as well",
  overlay: overlay((final, prev) => {
    const ported = asPorted(final, "mmu", "asSendCmdAndWait");
    return {
      mmu: {
        asSendCmdAndWait: (ptdev, asNr, cmd) =>
          cmd === AS_COMMAND_FLUSH_MEM || cmd === AS_COMMAND_FLUSH_PT
            ? prev.mmu.asSendCmdAndWait(ptdev, asNr, cmd)
            : ported.asSendCmdAndWait(ptdev, asNr, cmd),
      },
    };
  }),
});
