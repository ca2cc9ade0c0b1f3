// Each block gets its own register accessors, with offsets from the block's base.

import { AS_COMMAND, AS_MEMATTR, AS_STATUS, AS_TRANSCFG } from "../../driver/mmu/regs.ts";
import { AS_COMMAND_UPDATE, AS_STATUS_AS_ACTIVE, AS_TRANSTAB } from "../../driver/mmu/regs.ts";
import { csfDoorbell } from "../../driver/fw/regs.ts";
import type { Driver } from "../../driver/driver.ts";
import type { Atomic } from "../../machine/core/op.ts";
import { overlay } from "../patch.ts";
import { control } from "./control.ts";

/** Accessors of one address space. */
const asRegisters = (drv: Driver, asNr: number) => {
  const base = AS_TRANSTAB(asNr);
  const at = (register: (as: number) => number): number => base + (register(asNr) - base);
  return {
    write: (register: (as: number) => number, value: number): Atomic<void> =>
      drv.mmio.write32(at(register), value),
    write64: (register: (as: number) => number, value: bigint): Atomic<void> =>
      drv.mmio.write64(at(register), value),
    status: (): Atomic<number> => drv.mmio.read32(at(AS_STATUS)),
  };
};

export const controlRegisterAccessors = control(
  "register-accessors",
  "Register accessors move to the blocks they belong to",
  overlay((final) => ({
    mmu: {
      *waitReady(ptdev, asNr) {
        const as = asRegisters(final(), asNr);
        const idle = (status: number): boolean => (status & AS_STATUS_AS_ACTIVE) === 0;
        const { time } = final().linux;
        const { ret } = yield* time.pollTimeoutAtomic(() => as.status(), idle, 10, 100000);
        if (ret === 0) return 0;
        yield* final().device.scheduleReset(ptdev);
        yield* ptdev.base.err("AS_ACTIVE bit stuck");
        return ret;
      },

      *asSendCmdAndWait(ptdev, asNr, cmd) {
        const { mmu } = final();
        let ret = yield* mmu.waitReady(ptdev, asNr);
        if (ret === 0) {
          yield* asRegisters(final(), asNr).write(AS_COMMAND, cmd);
          ret = yield* mmu.waitReady(ptdev, asNr);
        }
        return ret;
      },

      *asEnable(ptdev, asNr, transtab, transcfg, memattr) {
        const { device, mmu } = final();
        const as = asRegisters(final(), asNr);
        yield* device.irqEnableEvents(ptdev.mmu.irq, mmu.asFaultMask(ptdev, asNr));
        yield* as.write64(AS_TRANSTAB, transtab);
        yield* as.write64(AS_MEMATTR, memattr);
        yield* as.write64(AS_TRANSCFG, transcfg);
        return yield* mmu.asSendCmdAndWait(ptdev, asNr, AS_COMMAND_UPDATE);
      },
    },
    fw: {
      ringDoorbell: (_ptdev, doorbellId) => final().mmio.write32(csfDoorbell(doorbellId), 1),
    },
  })),
);
