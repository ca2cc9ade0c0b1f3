import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  CsgInput,
  CsInput,
  CsOutput,
  GlbInput,
  RingbufOutput,
} from "../../../src/driver/fw/iface.ts";
import { PhysicalMemory } from "../../../src/machine/memory/physical-memory.ts";

describe("firmware interface layouts", () => {
  it.each([
    ["cs input ringbuf_base", CsInput.offsets["ringbufBase"], 0x10],
    ["cs input ringbuf_output", CsInput.offsets["ringbufOutput"], 0x38],
    ["cs output status_cmd_ptr", CsOutput.offsets["statusCmdPtr"], 0x40],
    ["cs output fault", CsOutput.offsets["fault"], 0x80],
    ["cs output heap_address", CsOutput.offsets["heapAddress"], 0xd0],
    ["csg input allow_compute", CsgInput.offsets["allowCompute"], 0x20],
    ["csg input endpoint_req", CsgInput.offsets["endpointReq"], 0x34],
    ["csg input suspend_buf", CsgInput.offsets["suspendBuf"], 0x40],
    ["glb input idle_timer", GlbInput.offsets["idleTimer"], 0x80],
    ["ring output size", RingbufOutput.size, 0x10],
  ])("%s", (_, actual, expected) => {
    expect(actual).toBe(expected);
  });

  it("reads back what was written, in memory and through the view", () => {
    const memory = new PhysicalMemory();
    const view = new CsInput(memory, memory.allocPage());
    fc.assert(
      fc.property(fc.nat(0xffffffff), fc.nat(2 ** 48), (req, base) => {
        view.req = req;
        view.ringbufBase = base;
        expect(view.req).toBe(req);
        expect(memory.read32(view.pa)).toBe(req);
        expect(Number(memory.read64(view.pa + 0x10))).toBe(base);
        expect(view.ringbufBase).toBe(base);
      }),
    );
  });

  it("refuses a structure across pages", () => {
    const memory = new PhysicalMemory();
    expect(() => new CsInput(memory, memory.allocPage() + 4090)).toThrow(/crosses a page/);
  });
});
