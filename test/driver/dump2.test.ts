import { writeFileSync } from "node:fs";
import { it } from "vitest";
import { makeBench, runUser, timelineText } from "./harness.ts";
it("dump2", () => {
  const b = makeBench();
  const { drv, linux } = b;
  let from = 0;
  try {
    runUser(b, function* () {
      const ptdev = yield* drv.drv.attach(b.pdev);
      if (typeof ptdev === "number") throw new Error("probe " + ptdev);
      yield* linux.time.nanosleep(200e6);
      from = b.m.rec.length;
      const f = yield* drv.drv.open(ptdev);
      if (typeof f === "number") throw new Error("open " + f);
      const ok = (r: number) => { if (r < 0) throw new Error("ret " + r); };
      ok(yield* drv.drv.ioctl(f, "DEV_QUERY", { type: 0, pointer: {} }));
      const vm = { flags: 0, id: 0, userVaRange: 0 };
      ok(yield* drv.drv.ioctl(f, "VM_CREATE", vm));
      const bo = { size: 0x10000, handle: 0 };
      ok(yield* drv.drv.ioctl(f, "BO_CREATE", bo));
      ok(yield* drv.drv.ioctl(f, "VM_BIND", { vmId: vm.id, ops: [{ flags: 0, boHandle: bo.handle, boOffset: 0, va: 0x1000000, size: 0x10000 }] }));
      const g = { queues: [{ ringbufSize: 4096, priority: 1 }], maxComputeCores: 4, maxFragmentCores: 4, maxTilerCores: 1, priority: 1, computeCoreMask: 0x50005n, fragmentCoreMask: 0x50005n, tilerCoreMask: 1n, vmId: vm.id, groupHandle: 0 };
      ok(yield* drv.drv.ioctl(f, "GROUP_CREATE", g));
      const so = { handle: 0 };
      ok(yield* drv.drv.ioctl(f, "SYNCOBJ_CREATE", so));
      // stream: 64 bytes. RUN 100us: annotate first word
      const obj = f.handles.get(bo.handle) as any;
      const pa = obj.backing.pages[0];
      for (let i = 0; i < 8; i++) b.linux.memory.write64(pa + 8 * i, 0n); b.gpu.annotate(pa, { kind: "run", runNs: 100000 } as never);
      ok(yield* drv.drv.ioctl(f, "GROUP_SUBMIT", { groupHandle: g.groupHandle, queueSubmits: [{ queueIndex: 0, streamAddr: 0x1000000, streamSize: 64, latestFlush: 0, syncs: [{ flags: 0x80000001, handle: so.handle, timelineValue: 1 }] }] }));
      yield* linux.time.ktimeGet();
      ok(yield* drv.drv.ioctl(f, "SYNCOBJ_TIMELINE_WAIT", { handles: [so.handle], points: [1], timeoutNsec: b.m.now + 10e9, flags: 0 }));
      const st = { groupHandle: g.groupHandle };
      ok(yield* drv.drv.ioctl(f, "GROUP_GET_STATE", st));
      ok(yield* drv.drv.ioctl(f, "GROUP_DESTROY", { groupHandle: g.groupHandle }));
      yield* linux.time.nanosleep(20e6);
      ok(yield* drv.drv.ioctl(f, "VM_BIND", { vmId: vm.id, ops: [{ flags: 0x10000000, va: 0x1000000, size: 0x10000 }] }));
      ok(yield* drv.drv.ioctl(f, "GEM_CLOSE", { handle: bo.handle }));
      ok(yield* drv.drv.ioctl(f, "SYNCOBJ_DESTROY", { handle: so.handle }));
      ok(yield* drv.drv.ioctl(f, "VM_DESTROY", { id: vm.id }));
      yield* drv.drv.close(f);
      yield* linux.time.nanosleep(200e6);
    });
  } finally {
    writeFileSync("/tmp/single.txt", timelineText(b.m, { from }).join("\n") + "\n");
  }
});
