// AS_COMMAND_UPDATE was written and not waited for. Kernel: panthor_mmu.c before d2c6fde56d45.

import { AS_COMMAND, AS_COMMAND_UPDATE } from "../../driver/mmu/regs.ts";
import { overlay } from "../patch.ts";
import { regression } from "./regression.ts";

export const asUpdateNotAwaited = regression({
  id: "as-update-not-awaited",
  title: "No wait for the end of AS_COMMAND_UPDATE",
  fix: "d2c6fde56d45 drm/panthor: Always wait after sending a command to an AS",
  effect: "the driver goes on while the address space still loads its configuration",
  trace: "02-single-job",
  catches: [{ by: "difference", section: "registers", kind: "missing", of: /R .*AS1_STATUS/ }],
  overlay: overlay((final, prev) => ({
    mmu: {
      *asSendCmdAndWait(ptdev, asNr, cmd) {
        if (cmd !== AS_COMMAND_UPDATE) return yield* prev.mmu.asSendCmdAndWait(ptdev, asNr, cmd);
        const ret = yield* final().mmu.waitReady(ptdev, asNr);
        if (ret === 0) yield* final().mmio.write32(AS_COMMAND(asNr), cmd);
        return ret;
      },
    },
  })),
});
