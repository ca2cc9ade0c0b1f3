// Each command of an address space is waited for, UPDATE included. LOCK and UNLOCK were, by a wait
// of their own behind them, which goes; and lock_region() says whether it locked.
// Kernel: panthor_mmu.c (as_send_cmd_and_wait, mmu_hw_do_operation_locked), merged as d2c6fde56d45.

import { AS_COMMAND_LOCK, AS_COMMAND_UNLOCK } from "../../../driver/mmu/regs.ts";
import { overlay, patch } from "../../patch.ts";
import { asPorted } from "../as-ported.ts";
import { flushFor, isFlush } from "./0001-flush-caches-command.ts";

export const waitAfterCommand = patch({
  id: "atomic-pt/merged-0003",
  title: "Always wait after sending a command to an AS",
  source: "d2c6fde56d45; B2 1/6",
  observable: "AS_STATUS is polled after UPDATE as well",
  needs: ["atomic-pt/merged-0001"],
  overlay: overlay((final) => {
    const ported = asPorted(final, "mmu", "asSendCmdAndWait");
    // Result of the lock that the next flush is in: both are in one section of the slots lock.
    let lock = 0;
    return {
      mmu: {
        *asSendCmdAndWait(ptdev, asNr, cmd) {
          const { mmu } = final();
          if (!isFlush(cmd)) {
            const ret = yield* ported.asSendCmdAndWait(ptdev, asNr, cmd);
            if (cmd === AS_COMMAND_LOCK) lock = ret;
            return ret;
          }
          let ret = lock;
          lock = 0;
          if (ret === 0) ret = yield* flushFor(final(), ptdev, cmd);
          if (ret === 0) ret = yield* mmu.asSendCmdAndWait(ptdev, asNr, AS_COMMAND_UNLOCK);
          return ret;
        },
      },
    };
  }),
});
