import { writeFileSync } from "node:fs";
import { it } from "vitest";
import { makeBench, runUser, timelineText } from "./harness.ts";
import { User } from "./user.ts";
import type { Kernel } from "../../src/machine/core/op.ts";
import type { PanthorDevice } from "../../src/driver/device/types.ts";
function scen(name: string, body: (u: User, ptdev: PanthorDevice, mark: () => void) => Kernel<void>, opts = {}) {
  it(name, () => {
    const b = makeBench(opts);
    let from = 0;
    try {
      runUser(b, function* () {
        const ptdev = yield* b.drv.drv.attach(b.pdev);
        if (typeof ptdev === "number") throw new Error("probe " + ptdev);
        yield* b.linux.time.nanosleep(200e6);
        from = b.m.rec.length;
        const f = yield* b.drv.drv.open(ptdev);
        if (typeof f === "number") throw new Error("open " + f);
        const u = new User(b, f);
        yield* u.setup();
        yield* body(u, ptdev, () => { from = b.m.rec.length; });
      });
    } finally {
      writeFileSync(`/tmp/s-${name}.txt`, timelineText(b.m, { from }).join("\n") + "\n");
    }
  });
}
scen("06", function* (u, p, mark) {
  const g = yield* u.group(); yield* u.createSyncobj(); u.stream(0, { runNs: 100000 });
  yield* u.sleep(200); mark();
  yield* u.wait(yield* u.submit(g, 0)); yield* u.sleep(200);
  yield* u.wait(yield* u.submit(g, 0)); yield* u.sleep(30);
  yield* u.wait(yield* u.submit(g, 0)); yield* u.sleep(200);
  yield* u.map(0x5000000, 0x10000);
  yield* u.bench.drv.drv.ioctl(u.file, "VM_BIND", { vmId: u.vmId, ops: [{ flags: 0x10000000, va: 0x5000000, size: 0x10000 }] });
  yield* u.bench.drv.drv.ioctl(u.file, "GROUP_DESTROY", { groupHandle: g });
  yield* u.sleep(50);
  yield* u.bench.drv.drv.close(u.file);
  yield* u.sleep(100);
});
scen("10", function* (u, p) {
  const g = yield* u.group(); yield* u.createSyncobj(); u.stream(0, { runNs: 100000 });
  yield* u.wait(yield* u.submit(g, 0));
  yield* u.sleep(100);
  yield* u.bench.drv.drv.remove(p);
  yield* u.sleep(50);
});
scen("07m", function* (u, p, mark) {
  const g = yield* u.group(); yield* u.createSyncobj(); u.stream(0, { runNs: 100000 }); mark();
  yield* u.wait(yield* u.submit(g, 0)); yield* u.sleep(200);
  u.bench.gpu.inject({ kind: "boot-fail", count: 1 });
  yield* u.bench.linux.time.ktimeGet();
  yield* u.wait(yield* u.submit(g, 0)); yield* u.sleep(100);
  yield* u.wait(yield* u.submit(g, 0));
  const g2 = yield* u.group();
  yield* u.wait(yield* u.submit(g2, 0)); yield* u.sleep(100);
  yield* u.bench.drv.drv.close(u.file);
  yield* u.sleep(200);
});
scen("07o", function* (u, p, mark) {
  const g = yield* u.group(); const g2 = yield* u.group(); yield* u.createSyncobj(); u.stream(0, { runNs: 100000 }); u.stream(1, { runNs: 1e9 }); mark();
  yield* u.wait(yield* u.submit(g, 0));
  const pt = yield* u.submit(g, 1); yield* u.sleep(2);
  u.bench.gpu.inject({ kind: "boot-fail", count: 99 });
  yield* u.bench.linux.time.ktimeGet();
  u.bench.gpu.inject({ kind: "as-stuck", mask: 2 });
  yield* u.bench.linux.time.ktimeGet();
  try { yield* u.map(0x5000000, 0x10000); } catch (e) { console.log(String(e)); }
  yield* u.wait(pt);
  yield* u.sleep(100);
  yield* u.bench.drv.drv.close(u.file);
  yield* u.sleep(200);
  void g2;
});
scen("07i", function* (u, p, mark) {
  const g = yield* u.group(); const g2 = yield* u.group(); yield* u.createSyncobj(); u.stream(0, { runNs: 100000 }); u.stream(1, { runNs: 4e9 }); mark();
  yield* u.wait(yield* u.submit(g, 0));
  for (let i = 0; i < 5; i++) yield* u.submit(g, 1);
  yield* u.sleep(2);
  u.bench.gpu.inject({ kind: "fw-dead" });
  yield* u.bench.linux.time.ktimeGet();
  yield* u.sleep(15000);
  yield* u.wait(6);
  yield* u.sleep(400);
  void g2;
});
