// The DRM core's ioctls by command number, with their arguments in memory, and which numbers each
// kernel and series has. Outcomes as drm_ioctl.c and drm_syncobj.c decide them.

import { isLeft } from "effect/Either";
import { describe, expect, it } from "vitest";
import { revisionNamed } from "../../src/cli/replay-recording.ts";
import { profiles } from "../../src/device/profile/index.ts";
import { coreIoctlDescs, panthorIoctlDescs } from "../../src/driver/drv/ioctl-numbers.ts";
import { replay } from "../../src/replay/replay.ts";
import { parseTrace } from "../../src/trace/parse.ts";

/** What calls returned otherwise than expected. */
function unmet(lines: string, revision = "linux-7.3"): string[] {
  const text = `version: 1\nname: x\ndescription: A test.\nevents: |\n${["plug:", "open:"]
    .concat(lines.trim().split("\n"))
    .map((l) => `  app-1 +0: ${l.trim()}`)
    .join("\n")}\n`;
  const trace = parseTrace(text);
  if (isLeft(trace)) throw new Error(trace.left.message);
  const profile = profiles["zero-cost"];
  const result = replay({ trace: trace.right, revision: revisionNamed(revision), profile });
  expect(result.end.kind).toBe("finished");
  return result.unmet.map((u) => `${u.line}: ${u.what} is ${u.got}, expected ${u.expected}`);
}

// "panthor" and its description, as words.
const panthor = "0x746e6170,0x00726f68";

describe("ioctls of the core by number", () => {
  it("fill in texts as far as there is room", () => {
    const lengths = "16,0,0x10000,0,0,0,0,0,7,0,0x10008,0";
    expect(
      unmet(`
        ioctl: nr=0 size=64 data=0,0,0,0,${lengths} memory=0,0,0,0 memory_reply=${panthor},0x746e6150,0x00726f68
        ioctl: nr=0 size=64 data=0,0,0,0,4,0,0x10000,0 memory=0,0 memory_reply=0x746e6170,0
        ioctl: nr=0 size=64 data=0,0,0,0,4,0,0x90000,0 ret=-EFAULT
      `),
    ).toEqual([]);
  });

  it("tell the lengths that there would be", () => {
    expect(unmet("ioctl: nr=0 size=64 reply=1,9,0,0,7,0,0,0,1,0,0,0,18")).toEqual([]);
  });

  it("act on sync objects whose handles are in memory", () => {
    expect(
      unmet(`
        syncobj_create: sync=a
        syncobj_create: sync=b
        ioctl: nr=0xc5 size=16 data=0x10000,0,1,0 memory=2
        ioctl: nr=0xc3 size=40 data=0x10000,0,0,0,2,0,9,0 memory=1,2 ret=-EINVAL
        ioctl: nr=0xc5 size=16 data=0x10000,0,1,0 memory=1
        ioctl: nr=0xc3 size=40 data=0x10000,0,0,0,2,1,9,0 memory=2,1
        ioctl: nr=0xc4 size=16 data=0x10000,0,1,0 memory=1
        ioctl: nr=0xc3 size=40 data=0x10000,0,0,0,2,2,9,0 memory=1,2 reply=0x10000,0,0,0,2,2,1
        ioctl: nr=0xc3 size=40 data=0x10000,0,0,0,2,3,9,0 memory=1,2 ret=-ETIME
      `),
    ).toEqual([]);
  });

  it("act on points of timelines", () => {
    expect(
      unmet(`
        syncobj_create: sync=a
        ioctl: nr=0xcd size=24 data=0x10000,0,0x10008,0,1,0 memory=1,0,7,0
        ioctl: nr=0xcb size=24 data=0x10000,0,0x10008,0,1,0 memory=1,0,0,0 memory_reply=1,0,7,0
        ioctl: nr=0xca size=48 data=0x10000,0,0x10008,0,0,0,1,2,9 memory=1,0,7,0
        ioctl: nr=0xca size=48 data=0x10000,0,0x10008,0,0,0,1,2,9 memory=1,0,8,0 ret=-ETIME
        ioctl: nr=0xcb size=24 data=0x10000,0,0,0,1,0 memory=1 ret=-EFAULT
      `),
    ).toEqual([]);
  });

  it("refuse what cannot be read, in the order of the kernel's checks", () => {
    expect(
      unmet(`
        syncobj_create: sync=a
        ioctl: nr=0xc4 size=16 data=0x90000,0,0,0 ret=-EINVAL
        ioctl: nr=0xc4 size=16 data=0x90000,0,1,1 ret=-EINVAL
        ioctl: nr=0xc4 size=16 data=0x90000,0,1,0 ret=-EFAULT
        ioctl: nr=0xc4 size=16 data=0x10000,0,1,0 memory=5 ret=-ENOENT
        ioctl: nr=0xcd size=24 data=0x10000,0,0x90000,0,1,0 memory=1 ret=-EFAULT
        ioctl: nr=0xca size=48 data=0x10000,0,0x90000,0,0,0,1,2 memory=1 ret=-EFAULT
        ioctl: nr=0xcf size=24 data=1,0,0,0,77,0 ret=-EBADF
        ioctl: nr=0xcf size=24 data=1,0,0,0,77,1 ret=-EINVAL
        ioctl: nr=0xd1 size=16 data=65,0,0x10000,0 memory=1 ret=-EINVAL
        ioctl: nr=0xd1 size=16 data=3,0,0x90000,0 ret=-EFAULT
        ioctl: nr=0xd1 size=16 data=3,0,0x10000,0 memory=0x00206161 ret=-EINVAL
        ioctl: nr=0xd1 size=16 data=3,0,0x10000,0 memory=0x00616161
        fdinfo: has="drm-client-name: aaa"
      `),
    ).toEqual([]);
  });

  it.each(["linux-7.3", "linux-6.12", "user-submission-rfc"])("of %s all have an outcome", (id) => {
    const calls = Array.from({ length: 256 }, (_, nr) => {
      const desc = [...coreIoctlDescs, ...panthorIoctlDescs].find((d) => d.nr === nr);
      return `ioctl: nr=${nr} size=${desc?.size ?? 8} ret=any`;
    });
    expect(unmet(calls.join("\n"), id)).toEqual([]);
  });
});

describe("each kernel has its own numbers", () => {
  const refused = (nr: number, size: number): string => `ioctl: nr=${nr} size=${size} ret=-EINVAL`;
  const later = [
    [0x4d, 16],
    [0x4e, 8],
    [0x4f, 16],
    [0x50, 16],
    [0x51, 8],
  ] as const;

  it("6.12 ends with TILER_HEAP_DESTROY, and its core with MODE_CLOSEFB", () => {
    const lines = later.map(([nr, size]) => refused(nr, size)).join("\n");
    const heap = "ioctl: nr=0x4c size=8 data=1 ret=-EINVAL";
    const names = "ioctl: nr=0xd1 size=16 ret=-EINVAL";
    expect(unmet(`${lines}\n${heap}\n${names}`, "linux-6.12")).toEqual([]);
    // 7.3: a handle that is none, an offset that is none, no operations, and a name that is empty.
    expect(
      unmet(`
        ioctl: nr=0x4d size=16 ret=-ENOENT
        ioctl: nr=0x4f size=16
        ioctl: nr=0xd1 size=16`),
    ).toEqual([]);
  });

  it("the series has its own behind those of 6.12, and no more", () => {
    // GROUP_KICK of no group, which the series ignores; the number after SYNC_UPDATE.
    const lines = `ioctl: nr=0x4d size=8 data=9,1\nioctl: nr=0x51 size=8\n${refused(0x52, 8)}`;
    expect(unmet(lines, "linux-6.12-user-submission")).toEqual([]);
  });
});
