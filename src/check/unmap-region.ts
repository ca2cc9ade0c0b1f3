// While translations are taken away, the GPU must not use them: an unmap in a table that an
// address space has installed lies inside the region that is locked there: from when LOCK is seen to
// have ended until UNLOCK.

import { asCommand } from "../device/registers/mmu.ts";
import { asActive, asMax, asOf, asWord, asWordOf, resetsDevice } from "./as-registers.ts";
import type { CheckSpec } from "./check.ts";

/** What registers say about an address space. */
interface AddressSpace {
  readonly as: number;
  transtabLo: number;
  transtabHi: number;
  lockaddrLo: number;
  lockaddrHi: number;
  /** The locked region: empty when nothing is locked. */
  start: number;
  end: number;
  /** A LOCK whose end has not been seen. */
  locking: boolean;
}

/** Commands that end a lock: the AS flushes of older drivers do so, too. */
const endsLock: ReadonlySet<number> = new Set([
  asCommand.unlock,
  asCommand.flushPt,
  asCommand.flushMem,
]);
/** Bits of TRANSTAB below the table's address. */
const transtabFlags = 0xfff;
const hex = (n: number): string => `0x${n.toString(16)}`;

export const unmapRegionCheck: CheckSpec = {
  name: "unmap-region",
  rule: "translations that an address space uses are only removed inside its locked region",
  make({ report }) {
    const spaces = Array.from({ length: asMax }, (_, as) => ({ as, ...cleared }));
    const clearAll = (): void => spaces.forEach((s) => Object.assign(s, cleared));
    return {
      on: {
        mmio_read(_index, offset, value) {
          const as = asOf(offset);
          if (as < 0 || asWordOf(offset) !== asWord.status) return;
          if ((value & asActive) === 0) spaces[as].locking = false;
        },
        mmio_write(_index, offset, value) {
          if (resetsDevice(offset, value)) clearAll();
          const as = asOf(offset);
          if (as >= 0) write(spaces[as], asWordOf(offset), value);
        },
        clk_disable: clearAll,
        pgtable_unmap(index, table, iova, size) {
          const end = iova + size;
          const space = spaces.find((s) => tableOf(s) === table);
          if (space === undefined) return;
          if (!space.locking && iova >= space.start && end <= space.end) return;
          const state = stateOf(space);
          report(index, `${hex(iova)}..${hex(end)} is unmapped, but on AS${space.as} ${state}`);
        },
      },
    };
  },
};

const cleared: Omit<AddressSpace, "as"> = {
  transtabLo: 0,
  transtabHi: 0,
  lockaddrLo: 0,
  lockaddrHi: 0,
  start: 0,
  end: 0,
  locking: false,
};

function stateOf({ start, end, locking }: AddressSpace): string {
  if (end === 0) return "nothing is locked";
  const region = `${hex(start)}..${hex(end)}`;
  return locking ? `the lock of ${region} was not seen to have ended` : `${region} is`;
}

function tableOf({ transtabLo, transtabHi }: AddressSpace): number {
  return transtabHi * 2 ** 32 + transtabLo - (transtabLo & transtabFlags);
}

function write(space: AddressSpace, word: number, value: number): void {
  switch (word) {
    case asWord.transtabLo:
      space.transtabLo = value;
      break;
    case asWord.transtabHi:
      space.transtabHi = value;
      break;
    case asWord.lockaddrLo:
      space.lockaddrLo = value;
      break;
    case asWord.lockaddrHi:
      space.lockaddrHi = value;
      break;
    case asWord.command:
      if (value === asCommand.lock) lock(space);
      else if (endsLock.has(value)) unlock(space);
      break;
  }
}

/** LOCKADDR: log2 of the size minus one in bits 5:0, the block's address above. */
function lock(space: AddressSpace): void {
  const { lockaddrLo, lockaddrHi } = space;
  const size = 2 ** ((lockaddrLo & 0x3f) + 1);
  const address = lockaddrHi * 2 ** 32 + (lockaddrLo - (lockaddrLo & 0x3f));
  space.start = address - (address % size);
  space.end = space.start + size;
  space.locking = true;
}

function unlock(space: AddressSpace): void {
  space.start = space.end = 0;
  space.locking = false;
}
