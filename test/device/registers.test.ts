import { describe, expect, it } from "vitest";
import { decodeValue, registerMap, registersByName } from "../../src/device/registers/index.ts";
import { gpuControl } from "../../src/device/registers/gpu-control.ts";
import { Defect } from "../../src/machine/defect.ts";
import { Rig } from "./rig.ts";

/** Offsets and names as the recordings print them. */
const recorded: readonly [number, string][] = [
  [0x0, "GPU_ID"],
  [0x4, "L2_FEATURES"],
  [0x18, "AS_PRESENT"],
  [0x1c, "CSF_ID"],
  [0x20, "GPU_INT_RAWSTAT"],
  [0x24, "GPU_INT_CLEAR"],
  [0x28, "GPU_INT_MASK"],
  [0x2c, "GPU_INT_STAT"],
  [0x30, "GPU_CMD"],
  [0x3c, "GPU_FAULT_STATUS"],
  [0x40, "GPU_FAULT_ADDR_LO"],
  [0x44, "GPU_FAULT_ADDR_HI"],
  [0x64, "GPU_FEATURES_HI"],
  [0xac, "THREAD_FEATURES"],
  [0xbc, "TEXTURE_FEATURES_3"],
  [0x100, "SHADER_PRESENT_LO"],
  [0x164, "L2_READY_HI"],
  [0x1a0, "L2_PWRON_LO"],
  [0x1e4, "L2_PWROFF_HI"],
  [0x220, "L2_PWRTRANS_LO"],
  [0x280, "REVIDR"],
  [0x300, "COHERENCY_FEATURES"],
  [0x304, "COHERENCY_PROTOCOL"],
  [0x700, "MCU_CONTROL"],
  [0x704, "MCU_STATUS"],
  [0x100c, "JOB_INT_STAT"],
  [0x2004, "MMU_INT_CLEAR"],
  [0x2400, "AS0_TRANSTAB_LO"],
  [0x245c, "AS1_FAULTSTATUS"],
  [0x2460, "AS1_FAULTADDRESS_LO"],
  [0x2468, "AS1_STATUS"],
  [0x25f4, "AS7_TRANSCFG_HI"],
  [0x80000, "DOORBELL_0"],
  [0x90000, "DOORBELL_1"],
];

describe("register map", () => {
  const map = registerMap();

  it.each(recorded)("0x%s is %s", (offset, name) => {
    expect(map.get(offset)?.name).toBe(name);
  });

  it("has no name twice", () => {
    expect(registersByName(map).size).toBe(map.size);
  });

  it("names commands and fields", () => {
    expect(decodeValue(gpuControl.GPU_CMD, 0x101)).toBe("SOFT_RESET");
    expect(decodeValue(gpuControl.GPU_INT_STAT, 0x20100)).toBe(
      "RESET_COMPLETED|CLEAN_CACHES_COMPLETED",
    );
  });
});

describe("accesses that the model does not cover", () => {
  it.each([
    ["an offset without register", 0x1234],
    ["an address space that is not present", 0x2400 + 8 * 0x40],
    ["the power block of later architectures", 0x800],
  ])("%s is a defect that says where", (_, offset) => {
    const rig = new Rig();
    expect(() => rig.read(offset)).toThrow(Defect);
    expect(() => rig.read(offset)).toThrow(`0x${offset.toString(16)}`);
  });

  it("a write to a read-only register is a defect", () => {
    expect(() => new Rig().write(0x0, 1)).toThrow("GPU_ID");
  });

  it("a GPU command of an unknown type is a defect", () => {
    expect(() => new Rig().write(0x30, 0x77)).toThrow("GPU_CMD");
  });
});

describe("Mmio", () => {
  it("logs 64-bit accesses as LO then HI, and makes the write the cause of its effects", () => {
    const rig = new Rig();
    for (const step of rig.gpu.mmio.read64(0x100)) void step;
    expect(rig.entries("mmio_read").map((e) => e.reg)).toEqual([
      "SHADER_PRESENT_LO",
      "SHADER_PRESENT_HI",
    ]);
    rig.write(0x28, 0xffffffff);
    rig.write(0x30, 0x00023304);
    const write = rig.entries("mmio_write").at(-1)!;
    rig.run(20_000);
    const done = rig.entries("dev_state").find((e) => e.state === "flush_done")!;
    expect(rig.m.rec.cause(done.index as number)).toBe(write.index);
    const raise = rig.entries("irq_raise")[0];
    expect(rig.m.rec.cause(raise.index as number)).toBe(done.index);
  });
});
