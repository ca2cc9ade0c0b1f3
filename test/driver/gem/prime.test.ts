import { expect, it } from "vitest";
import { dmaHeapAlloc } from "../../../src/machine/dma-buf/system-heap.ts";
import { EACCES, EINVAL, ENOMEM } from "../../../src/machine/errno.ts";
import type { Kernel } from "../../../src/machine/core/op.ts";
import type { DrmFile } from "../../../src/driver/drv/types.ts";
import type { PanthorGemObject } from "../../../src/driver/gem/types.ts";
import { gemObjectLookup } from "../../../src/machine/gpuvm/gem-object.ts";
import { type Bench, makeBench, withFile } from "../harness.ts";

/** Performs `call` with the n-th allocation failing, until it succeeds; the errors before that. */
function* untilMemory(bench: Bench, call: () => Kernel<number>): Kernel<number[]> {
  const { memory } = bench.linux;
  const errors: number[] = [];
  for (let n = 1; n < 40; n++) {
    memory.failAllocations(n, 1);
    const ret = yield* call();
    memory.failAllocations(0, 0);
    yield* bench.linux.files.taskWorkRun();
    if (ret >= 0) return errors;
    errors.push(ret);
  }
  throw new Error("never succeeds");
}

const counted = (bench: Bench): number => bench.linux.krefs.leaks().length;

function* heapFd(bench: Bench, file: DrmFile, size = 16384): Kernel<number> {
  const dmabuf = dmaHeapAlloc(bench.linux, size);
  if (typeof dmabuf === "number") throw new Error(`no buffer: ${dmabuf}`);
  return file.syncobjs.fds.install({ kind: "dma_buf", dmabuf });
}

it("gives everything back when an import runs out of memory", () => {
  const bench = makeBench();
  withFile(bench, function* (file) {
    const { drv } = bench.drv;
    const fd = yield* heapFd(bench, file);
    const before = counted(bench);
    const args = { fd, handle: 0 };
    const errors = yield* untilMemory(bench, function* () {
      const ret = yield* drv.ioctl(file, "PRIME_FD_TO_HANDLE", args);
      if (ret < 0) expect(counted(bench)).toBe(before);
      return ret;
    });
    // The attachment, the exporter's part of it, its table of pages, the object, its handle, the row
    // of the file's table.
    expect(errors).toEqual(Array<number>(6).fill(-ENOMEM));
    yield* drv.ioctl(file, "GEM_CLOSE", { handle: args.handle });
    yield* file.syncobjs.fds.close(fd);
    yield* bench.linux.files.taskWorkRun();
    // The buffer is gone, and with it what it was counted by.
    expect(counted(bench)).toBe(before - 1);
  });
});

it("maps a buffer of the system heap piece by piece, neighbours or not", () => {
  const bench = makeBench();
  withFile(bench, function* (file) {
    const mib = 1 << 20;
    const args = { fd: yield* heapFd(bench, file, 4 * mib), handle: 0 };
    expect(yield* bench.drv.drv.ioctl(file, "PRIME_FD_TO_HANDLE", args)).toBe(0);
    const bo = gemObjectLookup(file, args.handle) as PanthorGemObject;
    const { entries } = bo.dmap.sgt!;
    expect(entries.map(({ dmaLen }) => dmaLen)).toEqual([mib, mib, mib, mib]);
    // The largest pieces are adjacent here, so that merging them would make blocks of 2 MiB.
    expect(entries[1].dmaAddress - entries[0].dmaAddress).toBe(mib);
    expect(bo.backing.pages).toBeNull();
    yield* bo.put();
  });
});

it("breaks the cycle of an object and its dma-buf with the last handle", () => {
  const bench = makeBench();
  withFile(bench, function* (file) {
    const { drv } = bench.drv;
    const before = counted(bench);
    const bo = { size: 4096, handle: 0 };
    yield* drv.ioctl(file, "BO_CREATE", bo);
    const out = { handle: bo.handle, flags: 2, fd: -1 };
    expect(yield* drv.ioctl(file, "PRIME_HANDLE_TO_FD", out)).toBe(0);
    yield* file.syncobjs.fds.close(out.fd);
    yield* bench.linux.files.taskWorkRun();
    // Object and dma-buf hold each other.
    expect(counted(bench)).toBe(before + 2);
    yield* drv.ioctl(file, "GEM_CLOSE", { handle: bo.handle });
    expect(counted(bench)).toBe(before);
  });
});

it("needs an inode, a file, a dma-buf and an entry of the file's table to export", () => {
  const bench = makeBench();
  withFile(bench, function* (file) {
    const { drv } = bench.drv;
    const bo = { size: 4096, handle: 0 };
    yield* drv.ioctl(file, "BO_CREATE", bo);
    const before = counted(bench);
    const { refs } = drv.module;
    for (let nth = 1; nth <= 5; nth++) {
      bench.linux.memory.failAllocations(nth, 1);
      const out = { handle: bo.handle, flags: 2, fd: -1 };
      expect(yield* drv.ioctl(file, "PRIME_HANDLE_TO_FD", out)).toBe(-ENOMEM);
      // Only the last one leaves a dma-buf, which the object keeps while it has a handle.
      expect(drv.module.refs).toBe(nth < 5 ? refs : refs + 1);
      expect(counted(bench)).toBe(nth < 5 ? before : before + 1);
    }
  });
});

it("maps what a file has a handle of, no more than it is long", () => {
  const bench = makeBench();
  withFile(bench, function* (file, ptdev) {
    const { drv } = bench.drv;
    const bo = { size: 4096, handle: 0 };
    yield* drv.ioctl(file, "BO_CREATE", bo);
    const at = { handle: bo.handle, offset: 0 };
    yield* drv.ioctl(file, "BO_MMAP_OFFSET", at);
    const other = (yield* drv.open(ptdev)) as DrmFile;
    const request = { length: 4096, write: true };
    expect(yield* drv.mmap(other, at.offset, request)).toBe(-EACCES);
    expect(yield* drv.mmap(file, at.offset, { ...request, length: 8192 })).toBe(-EINVAL);
    expect(yield* drv.mmap(file, at.offset + 2 ** 40, request)).toBe(-EINVAL);
    expect(yield* drv.mmap(file, at.offset, { ...request, shared: false })).toBe(-EINVAL);
    yield* drv.close(other);
  });
});
