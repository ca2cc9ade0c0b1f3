import { writeFileSync } from "node:fs";
import { it } from "vitest";
import { makeBench, runUser, timelineText } from "./harness.ts";
it("dump", () => {
  const b = makeBench();
  try {
    runUser(b, function* () {
      const ptdev = yield* b.drv.drv.attach(b.pdev);
      if (typeof ptdev === "number") throw new Error("probe " + ptdev);
      const f = yield* b.drv.drv.open(ptdev);
      if (typeof f === "number") throw new Error("open " + f);
      yield* b.drv.drv.ioctl(f, "DEV_QUERY", { type: 0, pointer: {} });
      yield* b.drv.drv.ioctl(f, "DEV_QUERY", { type: 1, pointer: {} });
      yield* b.drv.drv.close(f);
      yield* b.linux.time.nanosleep(200e6);
    });
  } finally {
    writeFileSync("/tmp/probe.txt", timelineText(b.m).join("\n") + "\n");
  }
});
