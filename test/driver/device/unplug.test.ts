// panthor_device_unplug(): what is gone before the units are taken down, and what outlives it.

import { expect, it } from "vitest";
import type { IoMapping } from "../../../src/driver/device/types.ts";
import type { PanthorGemObject } from "../../../src/driver/gem/types.ts";
import { overlay } from "../../../src/revision/patch.ts";
import { makeBench, withFile } from "../harness.ts";
import { User } from "../user.ts";

const flushIdOffset = 2 ** 56;

it("takes user mappings away before it takes the units down", () => {
  let flushId: IoMapping | undefined;
  let bo: PanthorGemObject | undefined;
  const seen: unknown[] = [];
  const look = overlay((final, prev) => ({
    sched: {
      *unplug(ptdev) {
        seen.push(flushId!.target, bo!.cmap.faultedIn);
        // The registers are still there, but not for this program.
        seen.push(yield* final().device.mmioUserRead(flushId!));
        yield* prev.sched.unplug(ptdev);
      },
    },
  }));
  const bench = makeBench({ overlays: [look] });
  withFile(bench, function* (file, ptdev) {
    const { drv } = bench.drv;
    const user = new User(bench, file);
    yield* user.setup();
    const offset = { handle: user.boHandle, offset: 0 };
    yield* drv.ioctl(file, "BO_MMAP_OFFSET", offset);
    bo = (yield* drv.mmap(file, offset.offset, { length: 0x10000 })) as PanthorGemObject;
    flushId = (yield* drv.mmap(file, flushIdOffset, { length: 4096 })) as IoMapping;
    yield* bench.drv.gem.userAccess(bo);
    yield* bench.drv.device.mmioUserRead(flushId);
    expect([bo.cmap.faultedIn, flushId.target]).toEqual([true, "dummy"]);
    yield* drv.remove(ptdev);
    expect(seen).toEqual([null, false, null]);
    // Memory is no hardware: a buffer object is faulted in again.
    expect(typeof (yield* bench.drv.gem.userAccess(bo))).toBe("object");
    yield* bench.drv.gem.vmClose(bo);
  });
});

it("keeps the managed resources of the device until the last VM is gone", () => {
  const bench = makeBench();
  withFile(bench, function* (file, ptdev) {
    const { drv } = bench.drv;
    const user = new User(bench, file);
    yield* user.setup();
    let released = false;
    ptdev.base.addAction(function* () {
      released = true;
    });
    const vm = bench.drv.mmu.vmPoolGetVm(file.pfile.vms!, user.vmId);
    yield* drv.remove(ptdev);
    yield* drv.close(file);
    expect(released).toBe(false);
    yield* bench.drv.mmu.vmPut(vm);
    expect(released).toBe(true);
  });
});
