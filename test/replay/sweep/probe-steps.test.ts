// The probe fails at each step that can fail, in turn: with the error and the messages of the C
// code, nothing is left behind, and the next probe works. Sources of the messages: panthor_device.c,
// panthor_devfreq.c, panthor_hw.c, panthor_fw.c, drm_drv.c, lib/devres.c, kernel/irq/devres.c,
// drivers/devfreq/devfreq.c, and of the driver core dev_err_probe() and call_driver_probe().

import { describe, expect, it } from "vitest";
import { maliG1, withShape, zeroCost, type Profile } from "../../../src/device/profile/index.ts";
import {
  type ProbeStep,
  probeStepNames,
  probeSteps,
} from "../../../src/driver/device/probe-failures.ts";
import { errnoName } from "../../../src/machine/errno.ts";
import { K } from "../../../src/timeline/kinds.ts";
import { probeStepNames as traceNames } from "../../../src/trace/events/happening.ts";
import { job, setup } from "./allocation-paths.ts";
import { program, run } from "./sweep.ts";

/** A part with all clocks and a power control block, so that every step is reached. */
const everything = withShape(maliG1, { board: { stacksClock: true, coregroupClock: true } });

const drm = "panthor fb000000.gpu: [drm] *ERROR* ";
const devfreqInit = "panthor fb000000.gpu: [drm:panthor_devfreq_init] *ERROR* ";
const error = (errno: number, text: string): string =>
  `panthor fb000000.gpu: error -${errno}: ${text}`;
const failed = (errno: number): string =>
  `panthor fb000000.gpu: probe with driver panthor failed with error -${errno}`;
const noRegulator = (errno: number): string =>
  error(errno, "_opp_set_regulators: no regulator (mali) found");
const request = (line: string, irq: number): string =>
  error(
    16,
    `request_irq(${irq}) panthor_${line}_irq_raw_handler panthor_${line}_irq_threaded_handler ` +
      `panthor-${line}`,
  );

/** The errors and warnings of each step, without those of a probe that works. */
const messages: Record<ProbeStep, readonly string[]> = {
  drm_dev_alloc: [failed(12)],
  clk_core: [error(2, "get 'core' clock failed"), failed(2)],
  clk_stacks: [],
  clk_coregroup: [],
  power_domains: [`${drm}init power domains failed, ret=-517`],
  opp_regulators: [],
  opp_table: [],
  sram_supply: [`${devfreqInit}Couldn't retrieve/enable sram supply`, failed(5)],
  recommended_opp: [failed(34)],
  set_opp: [
    "panthor fb000000.gpu: _opp_config_clk_single: failed to set clock rate: -5",
    `${devfreqInit}Couldn't set recommended OPP`,
    failed(5),
  ],
  fastest_opp: [failed(34)],
  devfreq_governor: [
    "panthor fb000000.gpu: devfreq_add_device: Unable to find governor for the device",
    `${devfreqInit}Couldn't initialize GPU devfreq`,
    failed(22),
  ],
  iomem: [error(16, "can't request region for resource [mem 0xfb000000-0xfb1fffff]"), failed(16)],
  clk_enable_core: [failed(5)],
  clk_enable_stacks: [failed(5)],
  clk_enable_coregroup: [failed(5)],
  shader_present: [error(5, "Failed to read shader-present nvmem cell"), failed(5)],
  irq_pwr: [error(6, "IRQ gpu not found")],
  request_irq_pwr: [request("pwr", 64), failed(16)],
  dma_mask: [failed(5)],
  irq_gpu: [error(6, "IRQ gpu not found")],
  request_irq_gpu: [request("gpu", 64), failed(16)],
  irq_mmu: [error(6, "IRQ mmu not found")],
  request_irq_mmu: [request("mmu", 65), failed(16)],
  irq_job: [error(6, "IRQ job not found")],
  request_irq_job: [request("job", 66), `${drm}failed to request job irq`, failed(16)],
  firmware: [
    "panthor fb000000.gpu: Direct firmware load for arm/mali/arch14.8/mali_csffw.bin failed " +
      "with error -2",
    `${drm}Failed to load firmware image 'mali_csffw.bin'`,
    failed(2),
  ],
  minor_render: [failed(17)],
  minor_primary: [failed(17)],
  dev_groups: ["panthor fb000000.gpu: device_add_groups() failed"],
};

/** Where the driver gives an error of its own: `irq <= 0` is -ENODEV. */
const results: Partial<Record<ProbeStep, string>> = { irq_mmu: "-ENODEV", irq_job: "-ENODEV" };

const working = setup.replace("plug:\n", "") + job;

/** A probe that fails: the errors and warnings that it logs. Then one that works, and a job. */
function probe(before: string, ret: string, profile: Profile, after = `plug:\n${working}`) {
  const result = run(program(`${before}plug: ret=${ret}\nmark: text=next\n${after}`), profile);
  const { rec, unmet, findings, end } = result;
  expect({ end, unmet, findings }).toEqual({ end: { kind: "finished" }, unmet: [], findings: [] });
  const logged: string[] = [];
  for (let i = rec.first; i < rec.length; i++) {
    if (rec.kind(i) === K.user_mark && rec.string(rec.arg(i, 0)) === "next") break;
    if (rec.kind(i) !== K.printk || rec.string(rec.arg(i, 0)) === "info") continue;
    logged.push(rec.string(rec.arg(i, 1)));
  }
  return logged.filter((line) => line !== noRegulator(19));
}

describe("a step of the probe that fails", () => {
  it.each(probeStepNames)("%s", (step) => {
    const ret = results[step] ?? `-${errnoName(probeSteps[step])}`;
    expect(probe(`probe_failure: step=${step}\n`, ret, everything)).toEqual(messages[step]);
  });

  it.each<[ProbeStep, string, readonly string[]]>([
    ["clk_stacks", "EIO", [error(5, "get 'stacks' clock failed"), failed(5)]],
    [
      "opp_regulators",
      "EIO",
      [noRegulator(5), `${devfreqInit}Couldn't set OPP regulators`, failed(5)],
    ],
    ["sram_supply", "EPROBE_DEFER", []],
    ["shader_present", "EPROBE_DEFER", []],
  ])("%s with %s", (step, errno, expected) => {
    const logged = probe(`probe_failure: step=${step} errno=-${errno}\n`, `-${errno}`, everything);
    expect(logged).toEqual(expected);
  });

  it.each([
    ["opp_regulators", "-ENODEV"],
    ["sram_supply", "-ENODEV"],
    ["shader_present", "-ENOENT"],
  ])("%s with %s does not matter", (step, errno) => {
    expect(probe(`probe_failure: step=${step} errno=${errno}\n`, "0", everything, working)).toEqual(
      [],
    );
  });

  it("has the names that a trace uses", () => {
    expect(traceNames).toEqual(probeStepNames);
  });
});

describe("a part that the probe refuses", () => {
  const { ids } = zeroCost.shape;
  const part = (changed: Record<string, number>): Profile =>
    withShape(zeroCost, { ids: { ...ids, ...changed } });

  it.each([
    ["nothing answers", part({ GPU_ID: 0 }), "-ENXIO", []],
    ["an architecture before CSF", part({ GPU_ID: 0x90000000 }), "-EOPNOTSUPP", [failed(95)]],
    ["an architecture to come", part({ GPU_ID: 0xf0000000 }), "-EOPNOTSUPP", [failed(95)]],
    [
      "an address space for the MCU alone",
      part({ AS_PRESENT: 1 }),
      "-EINVAL",
      [`${drm}Not enough AS (1, expected at least 2)`, failed(22)],
    ],
  ] as const)("%s", (_what, profile, ret, expected) => {
    expect(probe("", ret, profile, "yield:")).toEqual(expected);
  });
});
