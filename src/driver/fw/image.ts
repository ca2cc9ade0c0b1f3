// Firmware image: container header and entries. Kernel: panthor_fw.c (panthor_fw_load and below).

import type { Kernel } from "../../machine/core/op.ts";
import { EINVAL, ENOENT } from "../../machine/errno.ts";
import type { PanthorDevice } from "../device/types.ts";
import type { Driver } from "../driver.ts";
import { gpuArchMajor, gpuArchMinor } from "../gpu/regs.ts";

const fileName = "mali_csffw.bin";
const headerMagic = 0xc3f13a6e;
const headerMajorMax = 0;
const headerSize = 20;
const gitShaHeader = "git_sha: ";

/** enum panthor_fw_binary_entry_type. */
const entryIface = 0;
const entryConfig = 1;
const entryFutfTest = 2;
const entryTraceBuffer = 3;
const entryTimelineMetadata = 4;
const entryBuildInfoMetadata = 6;
const entryOptional = 0x80000000;

const entryType = (ehdr: number): number => ehdr & 0xff;
const entrySize = (ehdr: number): number => (ehdr >>> 8) & 0xff;

/** struct panthor_fw_binary_iter: `size` bytes of the image from `start`. */
export interface FwBinaryIter {
  readonly data: DataView;
  readonly start: number;
  readonly size: number;
  offset: number;
}

const hex = (v: number): string => `0x${v.toString(16)}`;

export const fwImageOps = (drv: Driver) => ({
  /** panthor_fw_binary_iter_read() of `words` 32-bit words. */
  binaryIterRead(ptdev: PanthorDevice, iter: FwBinaryIter, words: number): number[] | number {
    const end = iter.offset + words * 4;
    if (end > iter.size) {
      ptdev.base.log("err", "Firmware too small");
      return -EINVAL;
    }
    const out: number[] = [];
    for (; iter.offset < end; iter.offset += 4) {
      out.push(iter.data.getUint32(iter.start + iter.offset, true));
    }
    return out;
  },

  /** panthor_fw_binary_sub_iter_init(). */
  binarySubIterInit(ptdev: PanthorDevice, iter: FwBinaryIter, size: number): FwBinaryIter | number {
    // A size below that of the entry header is negative here and huge in C.
    if (size < 0 || iter.offset + size > iter.size) {
      ptdev.base.log("err", "Firmware entry too long");
      return -EINVAL;
    }
    const sub = { data: iter.data, start: iter.start + iter.offset, size, offset: 0 };
    iter.offset += size;
    return sub;
  },

  /** panthor_fw_read_build_info(). Never fatal. */
  readBuildInfo(ptdev: PanthorDevice, fw: Uint8Array, iter: FwBinaryIter): number {
    const hdr = drv.fw.binaryIterRead(ptdev, iter, 2);
    if (typeof hdr === "number") return hdr;
    const [start, size] = hdr;
    if (start > fw.length || size > fw.length - start || size <= gitShaHeader.length) {
      ptdev.base.log("err", "Firmware build info corrupt");
      return 0;
    }
    const text = String.fromCharCode(...fw.subarray(start, start + size));
    if (!text.startsWith(gitShaHeader)) return 0;
    if (!text.endsWith("\0")) {
      ptdev.base.log("warn", "Firmware's git sha is not NULL terminated");
      return 0;
    }
    const sha = text.slice(gitShaHeader.length, text.indexOf("\0"));
    ptdev.base.log("info", `Firmware git sha: ${sha}`);
    return 0;
  },

  /** panthor_fw_load_entry(). */
  *loadEntry(ptdev: PanthorDevice, fw: Uint8Array, iter: FwBinaryIter): Kernel<number> {
    const word = drv.fw.binaryIterRead(ptdev, iter, 1);
    if (typeof word === "number") return word;
    const [ehdr] = word;
    if (iter.offset % 4 !== 0 || entrySize(ehdr) % 4 !== 0) {
      yield* ptdev.base.err(
        `Firmware entry is not 32-bit aligned, offset=${hex(iter.offset - 4)} ` +
          `size=${hex(entrySize(ehdr))}`,
      );
      return -EINVAL;
    }
    const eiter = drv.fw.binarySubIterInit(ptdev, iter, entrySize(ehdr) - 4);
    if (typeof eiter === "number") return eiter;

    switch (entryType(ehdr)) {
      case entryIface:
        return yield* drv.fw.loadSectionEntry(ptdev, fw, eiter);
      case entryBuildInfoMetadata:
        return drv.fw.readBuildInfo(ptdev, fw, eiter);
      case entryConfig:
      case entryFutfTest:
      case entryTraceBuffer:
      case entryTimelineMetadata:
        return 0;
      default:
        if ((ehdr & entryOptional) !== 0) return 0;
        yield* ptdev.base.err(`Unsupported non-optional entry type ${entryType(ehdr)} in firmware`);
        return -EINVAL;
    }
  },

  /** panthor_fw_load(). */
  *load(ptdev: PanthorDevice): Kernel<number> {
    const { base, gpuInfo, pdev } = ptdev;
    const arch = `arch${gpuArchMajor(gpuInfo.gpuId)}.${gpuArchMinor(gpuInfo.gpuId)}`;
    // request_firmware() reads a file, which reads the clock.
    yield* drv.linux.time.ktimeGet();
    const path = `arm/mali/${arch}/${fileName}`;
    const ret = pdev.failures.take(drv.linux.m.rec, "firmware");
    const fw = ret === 0 ? pdev.firmware(path) : null;
    if (fw === null) {
      const error = ret === 0 ? -ENOENT : ret;
      yield* base.devWarn(`Direct firmware load for ${path} failed with error ${error}`);
      yield* base.err(`Failed to load firmware image '${fileName}'`);
      return error;
    }
    const data = new DataView(fw.buffer, fw.byteOffset, fw.byteLength);
    const all: FwBinaryIter = { data, start: 0, size: fw.length, offset: 0 };
    const hdr = drv.fw.binaryIterRead(ptdev, all, headerSize / 4);
    if (typeof hdr === "number") return hdr;
    const [magic, version, , , size] = hdr;
    if (magic !== headerMagic) {
      yield* base.err("Invalid firmware magic");
      return -EINVAL;
    }
    const minor = version & 0xff;
    const major = (version >>> 8) & 0xff;
    if (major !== headerMajorMax) {
      yield* base.err(
        `Unsupported firmware binary header version ${major}.${minor} ` +
          `(expected ${headerMajorMax}.x)`,
      );
      return -EINVAL;
    }
    if (size > all.size) {
      yield* base.err("Firmware image is truncated");
      return -EINVAL;
    }
    const iter: FwBinaryIter = { ...all, size };
    while (iter.offset < size) {
      const ret = yield* drv.fw.loadEntry(ptdev, fw, iter);
      if (ret !== 0) return ret;
    }
    if (ptdev.fw.sharedSection === null) {
      yield* base.err("Shared interface region not found");
      return -EINVAL;
    }
    return 0;
  },
});
