import { describe, expect, it } from "vitest";
import { buildImage, sectionFlag } from "../../../src/device/firmware/image.ts";
import { withShape, zeroCost } from "../../../src/device/profile/index.ts";
import type { PanthorDevice } from "../../../src/driver/device/types.ts";
import { EINVAL, ENODEV, ENOENT, EOPNOTSUPP, ETIMEDOUT } from "../../../src/machine/errno.ts";
import { type Bench, makeBench, runUser, timelineText } from "../harness.ts";
import { recordedLines, replayedLines } from "../recorded.ts";

function probe(bench: Bench): PanthorDevice | number {
  let result: PanthorDevice | number = 0;
  runUser(bench, function* () {
    result = yield* bench.drv.drv.attach(bench.pdev);
  });
  return result;
}

const logs = (bench: Bench) =>
  timelineText(bench.m, { kinds: ["printk"] }).map((line) => line.replace(/^.*?text=/, ""));

/** Interrupt masks, MCU and L2 as the driver left them. */
const quiet = (bench: Bench) => ({
  gpu: bench.gpu.irqs.gpu.mask,
  mmu: bench.gpu.irqs.mmu.mask,
  job: bench.gpu.irqs.job.mask,
  clk: bench.pdev.clocks.core.enableCount,
});

describe("probe", () => {
  it("makes the recording's accesses, in its contexts, up to the autosuspend", () => {
    const bench = makeBench();
    runUser(bench, function* () {
      yield* bench.drv.drv.attach(bench.pdev);
      yield* bench.linux.time.nanosleep(200e6);
    });
    expect(replayedLines(bench.m)).toEqual(recordedLines("01-probe"));
  });

  it("fills in what DEV_QUERY reports", () => {
    const ptdev = probe(makeBench()) as PanthorDevice;
    expect(ptdev.gpuInfo.gpuId).toBe(0xa8670005);
    expect(ptdev.gpuInfo.selectedCoherency).toBe(31);
    expect(ptdev.csifInfo).toEqual({
      csgSlotCount: 8,
      csSlotCount: 8,
      csRegCount: 96,
      scoreboardSlotCount: 8,
      unpreservedCsRegCount: 4,
    });
    expect(ptdev.fastRate).toBe(1e9);
  });

  it.each([
    [
      "no firmware file",
      { firmware: (): Uint8Array | null => null },
      -ENOENT,
      /Failed to load firmware/,
    ],
    [
      "not a firmware",
      { firmware: (): Uint8Array | null => new Uint8Array(64) },
      -EINVAL,
      /Invalid firmware magic/,
    ],
    [
      "no shared section",
      { firmware: (): Uint8Array | null => buildImage({ sections: [], gitSha: null }) },
      -EINVAL,
      /Shared interface region not found/,
    ],
    [
      "a shared region that is private",
      {
        firmware: (): Uint8Array | null =>
          buildImage({
            gitSha: null,
            sections: [
              {
                name: "shared",
                flags: sectionFlag.read | sectionFlag.write,
                vaStart: 0x4000000,
                vaEnd: 0x4040000,
                data: new Uint8Array(0),
              },
            ],
          }),
      },
      -EINVAL,
      /Interface at 0x4000000 must be shared/,
    ],
    ["no operating points", { opps: [] }, -ENODEV, /clock rate/],
  ] as const)("undoes itself: %s", (_, pdev, expected, message) => {
    const bench = makeBench({ pdev });
    expect(probe(bench)).toBe(expected);
    expect(logs(bench).some((line) => message.test(line))).toBe(true);
    expect(quiet(bench)).toEqual({ gpu: 0, mmu: 0, job: 0, clk: 0 });
  });

  it("reports an MCU that does not boot", () => {
    const bench = makeBench();
    bench.gpu.inject({ kind: "boot-fail", count: 1 });
    expect(probe(bench)).toBe(-ETIMEDOUT);
    expect(logs(bench)).toContain(
      "panthor fb000000.gpu: [drm] *ERROR* Failed to boot MCU (status=fatal)",
    );
    expect(quiet(bench)).toEqual({ gpu: 0, mmu: 0, job: 0, clk: 0 });
  });

  it("refuses an architecture that it does not know", () => {
    const ids = { ...zeroCost.shape.ids, GPU_ID: 0x90010000 };
    const bench = makeBench({ profile: withShape(zeroCost, { ids }) });
    expect(probe(bench)).toBe(-EOPNOTSUPP);
  });
});

it("sets the clock to an operating point before anything is powered", () => {
  const bench = makeBench({ pdev: { opps: [400_000_000, 800_000_000] } });
  expect(bench.pdev.clocks.core.rate).toBe(1_000_000_000);
  probe(bench);
  const clk = timelineText(bench.m, { kinds: ["clk_set_rate", "clk_enable"] });
  expect(clk[0]).toMatch(/clk_set_rate .*=800000000$/);
});
