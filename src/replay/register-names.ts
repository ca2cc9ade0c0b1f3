// Register names and decoding for goldens, from the device's tables.

import { decodeValue, registerMap } from "../device/registers/index.ts";
import type { RegisterNames } from "../golden/build.ts";

/** Blocks by the offset they begin at, descending. */
const blocks: readonly (readonly [number, string])[] = [
  [0x80000, "DOORBELL"],
  [0x2400, "MMU_AS"],
  [0x2000, "MMU"],
  [0x1000, "JOB"],
  [0x800, "PWR"],
  [0x700, "MCU"],
  [0x000, "GPU"],
];

/** Names of all registers of all devices. */
export function makeRegisterNames(): RegisterNames {
  const words = registerMap(undefined, "both");
  return {
    name(offset) {
      const block = blocks.find(([base]) => offset >= base)![1];
      return `${block}.${words.get(offset)?.name ?? `0x${offset.toString(16)}`}`;
    },
    compared: (offset) => words.get(offset)?.spec.compare !== "ignore",
    decode(offset, value) {
      const word = words.get(offset);
      // A 64-bit register's fields cannot be told from one word.
      if (word === undefined || word.spec.width === 64) return "";
      return decodeValue(word.spec, value).replaceAll(" ", "_");
    },
  };
}
