import { describe, expect, it } from "vitest";
import type { TilerHeapCreateArgs } from "../../../src/driver/drv/uapi.ts";
import type { PanthorHeapPool } from "../../../src/driver/heap/types.ts";
import { EINVAL, ENOENT, ENOMEM } from "../../../src/machine/errno.ts";
import type { Kernel } from "../../../src/machine/core/op.ts";
import { makeBench, withFile } from "../harness.ts";
import { User } from "../user.ts";

const MiB = 1 << 20;
const chunkSize = 2 * MiB;

const heapArgs = (vmId: number, over: Partial<TilerHeapCreateArgs> = {}): TilerHeapCreateArgs => ({
  vmId,
  initialChunkCount: 2,
  chunkSize,
  maxChunks: 4,
  targetInFlight: 4,
  ...over,
});

/** A VM and its heap pool. */
function withPool(
  body: (user: User, pool: PanthorHeapPool, args: TilerHeapCreateArgs) => Kernel<void>,
): void {
  const bench = makeBench();
  withFile(bench, function* (file) {
    const user = new User(bench, file);
    yield* user.setup();
    const args = heapArgs(user.vmId);
    expect(yield* bench.drv.drv.ioctl(file, "TILER_HEAP_CREATE", args)).toBe(0);
    const vm = file.pfile.vms!.xa.get(user.vmId)!;
    yield* body(user, vm.heaps.pool!, args);
  });
}

describe("tiler heaps", () => {
  it("links initial chunks, newest first, address and pages in one word", () => {
    withPool(function* (user, pool, args) {
      const heap = pool.xa.get(0)!;
      const { gem } = user.bench.drv;
      const [first, second] = heap.chunks;
      expect(args.firstHeapChunkGpuVa).toBe(gem.kernelBoGpuva(first.bo));
      expect(args.handle).toBe(user.vmId << 16);
      expect(yield* gem.kernelBoVmap(first.bo)).toBe(0);
      const link = first.bo.kmap!.read64Number(0);
      expect(link).toBe(gem.kernelBoGpuva(second.bo) + chunkSize / 4096);
      yield* gem.kernelBoVunmap(first.bo);
    });
  });

  it("grows up to its limits and takes unused chunks back", () => {
    withPool(function* (user, pool, args) {
      const { heap } = user.bench.drv;
      const ctx = args.tilerHeapCtxGpuVa!;
      const size = pool.size;
      const a = yield* heap.grow(pool, ctx, 1, 0);
      const b = yield* heap.grow(pool, ctx, 1, 0);
      expect([a % 4096, b % 4096]).toEqual([chunkSize / 4096, chunkSize / 4096]);
      expect(pool.size).toBe(size + 2 * chunkSize);
      expect(yield* heap.grow(pool, ctx, 1, 0)).toBe(-ENOMEM);
      expect(yield* heap.returnChunk(pool, ctx, b)).toBe(0);
      expect(yield* heap.returnChunk(pool, ctx, b)).toBe(-EINVAL);
      expect(yield* heap.grow(pool, ctx, 5, 0)).toBe(-ENOMEM);
      expect(yield* heap.grow(pool, ctx, 4, 0)).toBeGreaterThan(0);
    });
  });

  it("refuses addresses that are no heap context", () => {
    withPool(function* (user, pool, args) {
      const { heap } = user.bench.drv;
      const ctx = args.tilerHeapCtxGpuVa!;
      for (const va of [0, ctx - 1, ctx + 64, ctx + 128 * 64, ctx + 2 ** 33]) {
        expect(yield* heap.grow(pool, va, 0, 0)).toBe(-EINVAL);
        expect(yield* heap.returnChunk(pool, va, 0)).toBe(-EINVAL);
      }
    });
  });

  it("gives a destroyed heap's memory and handle back", () => {
    withPool(function* (user, pool, args) {
      const { drv } = user.bench.drv;
      const { allocated } = user.bench.linux.memory;
      expect(yield* drv.ioctl(user.file, "TILER_HEAP_DESTROY", { handle: args.handle! })).toBe(0);
      expect(user.bench.linux.memory.allocated).toBeLessThan(allocated);
      expect(pool.xa.size).toBe(0);
      const again = yield* drv.ioctl(user.file, "TILER_HEAP_DESTROY", { handle: args.handle! });
      expect(again).toBe(-EINVAL);
      const args2 = heapArgs(user.vmId);
      expect(yield* drv.ioctl(user.file, "TILER_HEAP_CREATE", args2)).toBe(0);
      expect(args2.handle).toBe(args.handle);
    });
  });

  it.each([
    ["no initial chunk", { initialChunkCount: 0 }, -EINVAL],
    ["more initial chunks than the limit", { initialChunkCount: 5 }, -EINVAL],
    ["chunk below 128 KiB", { chunkSize: 64 * 1024 }, -EINVAL],
    ["chunk above 8 MiB", { chunkSize: 16 * MiB }, -EINVAL],
    ["chunk of part of a page", { chunkSize: chunkSize + 1 }, -EINVAL],
    ["no such VM", { vmId: 9 }, -EINVAL],
    ["the largest chunk", { chunkSize: 8 * MiB, initialChunkCount: 1 }, 0],
  ])("checks its arguments: %s", (_, over, expected) => {
    const bench = makeBench();
    withFile(bench, function* (file) {
      const user = new User(bench, file);
      yield* user.setup();
      const { drv } = bench.drv;
      const noPool = yield* drv.ioctl(file, "TILER_HEAP_DESTROY", { handle: user.vmId << 16 });
      expect(noPool).toBe(-ENOENT);
      const args = heapArgs(user.vmId, over);
      expect(yield* drv.ioctl(file, "TILER_HEAP_CREATE", args)).toBe(expected);
    });
  });
});
