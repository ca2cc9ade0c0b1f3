import { describe, expect, it } from "vitest";
import type { DmaBuf } from "../../../src/machine/dma-buf/dma-buf.ts";
import { exportSyncFile, importSyncFile } from "../../../src/machine/dma-buf/sync-file.ts";
import { chainWalk, DmaFenceChain } from "../../../src/machine/dma-fence/chain.ts";
import { DmaResv, Usage } from "../../../src/machine/dma-fence/resv.ts";
import { SyncFile } from "../../../src/machine/dma-fence/sync-file.ts";
import { ENOMEM } from "../../../src/machine/errno.ts";
import { FdTable } from "../../../src/machine/syncobj/fd-table.ts";
import { Kit } from "../dma-fence/kit.ts";

const bufferOf = (kit: Kit, resv: DmaResv): DmaBuf =>
  ({ linux: { fences: kit.fences }, resv }) as unknown as DmaBuf;

describe("the fences of a dma-buf", () => {
  it("are those that a sync file still has when the reservation is locked", () => {
    const kit = new Kit();
    const resv = new DmaResv(kit.fences);
    const fds = new FdTable();
    const [early, late] = [kit.fence(), kit.fence()];
    const first = new DmaFenceChain(kit.fences, null, early, 1);
    const head = new DmaFenceChain(kit.fences, first, late, 2);
    const fd = fds.install({ kind: "sync_file", syncFile: SyncFile.create(kit.fences, head)! });
    kit.task("holder", function* () {
      yield* resv.lock();
      yield* kit.sleepUs(200);
      // The first point signals and goes, while the import waits for the lock.
      yield* early.signal();
      expect(yield* chainWalk(head.get())).toBe(null);
      expect(early.refcount).toBe(0);
      yield* resv.unlock();
    });
    kit.run(function* () {
      yield* kit.sleepUs(100);
      expect(yield* importSyncFile(bufferOf(kit, resv), "write", fds, fd)).toBe(0);
      yield* resv.lock();
      expect(resv.fences(Usage.bookkeep)).toEqual([late]);
      yield* resv.unlock();
    });
  });

  // The array, the fence for all of them, and the file's three.
  it.each([1, 2, 3, 4, 5])("are no sync file when allocation %i of their export fails", (nth) => {
    const kit = new Kit();
    const resv = new DmaResv(kit.fences);
    const pending = [kit.fence(), kit.fence()];
    let left = nth;
    kit.run(function* () {
      yield* resv.lock();
      yield* resv.reserveFences(2);
      for (const fence of pending) yield* resv.addFence(fence, Usage.write);
      yield* resv.unlock();
      kit.fences.memory = { failsNow: () => --left === 0 };
      expect(yield* exportSyncFile(bufferOf(kit, resv), "read", new FdTable())).toBe(-ENOMEM);
    });
    expect(left).toBe(0);
    expect(pending.map((fence) => fence.refcount)).toEqual([2, 2]);
  });
});
