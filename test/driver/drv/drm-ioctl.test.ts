// Commands by number: the table against the structures, and what drm_ioctl() makes of sizes that
// are not the kernel's.

import { describe, expect, it } from "vitest";
import {
  coreIoctlDescs,
  ioctlCommand,
  type IoctlDesc,
  panthorIoctlDescs,
  userSubmissionIoctlDescs,
} from "../../../src/driver/drv/ioctl-numbers.ts";
import { objArray, struct, u32 } from "../../../src/driver/drv/layout.ts";
import { ioctlLayouts } from "../../../src/driver/drv/uapi-layouts.ts";
import { uobj } from "../../../src/driver/drv/uobj.ts";
import { userMemory } from "../../../src/driver/drv/user-memory.ts";
import { withCommands } from "../../../src/revision/user-submission/ioctl-numbers.ts";

const command = ({ nr, direction, size }: IoctlDesc) => ioctlCommand(0x64, nr, direction, size);
const named = (descs: readonly IoctlDesc[], name: string) => descs.find((d) => d.name === name)!;

describe("the table of ioctls", () => {
  // As a C program with the header of 7.3 prints them.
  it.each([
    ["VERSION", 0xc0406400],
    ["GET_CAP", 0xc010640c],
    ["GEM_CLOSE", 0x40086409],
    ["SYNCOBJ_HANDLE_TO_FD", 0xc01864c1],
    ["MODE_GETRESOURCES", 0xc04064a0],
    ["SET_MASTER", 0x0000641e],
    ["GROUP_CREATE", 0xc0386447],
    ["BO_QUERY_INFO", 0xc0106450],
  ])("%s", (name, cmd) => {
    expect(command(named([...coreIoctlDescs, ...panthorIoctlDescs], name))).toBe(cmd);
  });

  it("has no number twice", () => {
    const numbers = [...coreIoctlDescs, ...panthorIoctlDescs].map(({ nr }) => nr);
    expect(new Set(numbers).size).toBe(numbers.length);
  });

  it("has the size of every structure", () => {
    const sized = [...coreIoctlDescs, ...panthorIoctlDescs].filter((d) => d.name in ioctlLayouts);
    expect(sized.length).toBe(Object.keys(ioctlLayouts).length);
    for (const { name, size } of sized)
      expect([name, ioctlLayouts[name].size]).toEqual([name, size]);
  });

  it("has the series' numbers where 7.3 has others", () => {
    const names = userSubmissionIoctlDescs.map(({ name }) => name);
    const prev = { ioctlDescs: () => panthorIoctlDescs, ioctlLayouts: () => ioctlLayouts };
    const rfc = withCommands(prev, names);
    const layouts = rfc.ioctlLayouts();
    for (const { name, size } of userSubmissionIoctlDescs) {
      expect([name, layouts[name].size]).toEqual([name, size]);
    }
    const at = (nr: number) => rfc.ioctlDescs().find((d) => d.nr === nr)?.name;
    expect([0x4c, 0x4d, 0x4e, 0x4f, 0x50, 0x51].map(at)).toEqual([
      "TILER_HEAP_DESTROY",
      "GROUP_KICK",
      "XGS_QUEUE_CREATE",
      "XGS_QUEUE_DESTROY",
      "XGS_QUEUE_SUBMIT",
      "SYNC_UPDATE",
    ]);
  });

  it("has the sizes of objects behind pointers", () => {
    // sizeof(struct drm_panthor_gpu_info), and the end of its tiler_present.
    expect(uobj.gpuInfo).toMatchObject({ size: 112, min: 96 });
  });
});

describe("an array of a program", () => {
  const element = struct({ a: u32, b: u32 });
  const read = (stride: number, count: number, words: readonly number[]) => {
    const view = new DataView(new ArrayBuffer(16));
    view.setUint32(0, stride, true);
    view.setUint32(4, count, true);
    view.setBigUint64(8, 0x10000n, true);
    return objArray(element).read(view, 0, userMemory(0x10000, words));
  };

  it("of older elements is filled up with zeroes", () => {
    expect(read(4, 2, [5, 6]).array).toEqual([
      { a: 5, b: 0 },
      { a: 6, b: 0 },
    ]);
  });
  it("of newer elements may have zeroes behind them", () => {
    expect(read(12, 2, [5, 6, 0, 7, 8, 0])).toMatchObject({ trailing: false });
  });
  it("of newer elements that say more is refused at the first that does", () => {
    const got = read(12, 2, [5, 6, 0, 7, 8, 9]);
    expect([got.array?.length, got.trailing]).toEqual([1, true]);
  });
  it("ends where nothing is mapped", () => {
    expect(read(8, 3, [1, 2, 3, 4]).array).toHaveLength(2);
  });
});
