import { describe, expect, it } from "vitest";
import { buildImage, firmwareImage, headerMagic } from "../../src/device/firmware/image.ts";
import { sharedBase, sharedSize } from "../../src/device/firmware/layout.ts";

interface Parsed {
  readonly sections: { flags: number; start: number; end: number; data: number; name: string }[];
  readonly gitSha: string | null;
  readonly types: number[];
}

/** Reads an image with the checks of panthor_fw.c:panthor_fw_load. */
function parse(image: Uint8Array): Parsed {
  const view = new DataView(image.buffer, image.byteOffset, image.byteLength);
  const u32 = (at: number): number => view.getUint32(at, true);
  expect(u32(0)).toBe(headerMagic);
  expect(view.getUint8(5)).toBe(0);
  const size = u32(16);
  expect(size).toBeLessThanOrEqual(image.length);
  const out: Parsed = { sections: [], gitSha: null, types: [] };
  let gitSha: string | null = null;
  for (let at = 20; at < size;) {
    const header = u32(at);
    const length = (header >>> 8) & 0xff;
    expect(length % 4).toBe(0);
    const type = header & 0xff;
    out.types.push(type);
    if (type === 0) {
      const [flags, start, end, dataStart, dataEnd] = [4, 8, 12, 16, 20].map((o) => u32(at + o));
      expect(dataEnd).toBeLessThanOrEqual(image.length);
      expect(dataEnd - dataStart).toBeLessThanOrEqual(end - start);
      expect(start % 4096).toBe(0);
      expect(end % 4096).toBe(0);
      const bytes = image.slice(at + 24, at + length);
      const name = new TextDecoder().decode(bytes).replace(/\0+$/, "");
      out.sections.push({ flags, start, end, data: dataEnd - dataStart, name });
    } else if (type === 6) {
      const text = image.slice(u32(at + 4), u32(at + 4) + u32(at + 8));
      expect(text.at(-1)).toBe(0);
      gitSha = new TextDecoder().decode(text.slice(0, -1));
    }
    at += length;
  }
  return { ...out, gitSha };
}

describe("firmware image", () => {
  it("parses as the driver parses it: three sections and build info", () => {
    const image = parse(firmwareImage("fakefake"));
    expect(image.sections.map((s) => s.name)).toEqual(["code", "data", "shared"]);
    expect(image.gitSha).toBe("git_sha: fakefake");
    expect(image.types).toEqual([0, 0, 0, 4, 6]);
  });

  it("has the shared section where the driver looks for the interface", () => {
    const shared = parse(firmwareImage("x")).sections[2];
    expect(shared.start).toBe(sharedBase);
    expect(shared.end - shared.start).toBe(sharedSize);
    // SHARED, ZERO, uncached coherent, readable, writable.
    expect(shared.flags).toBe((2 ** 31 + 2 ** 30 + 0x13) >>> 0);
  });

  it("has sections that do not overlap", () => {
    const ranges = parse(firmwareImage("x")).sections.sort((a, b) => a.start - b.start);
    for (let i = 1; i < ranges.length; i++) {
      expect(ranges[i].start).toBeGreaterThanOrEqual(ranges[i - 1].end);
    }
  });

  it("is the same each time", () => {
    expect(firmwareImage("a")).toEqual(firmwareImage("a"));
    expect(firmwareImage("a")).not.toEqual(firmwareImage("b"));
  });

  it("can leave the build info out", () => {
    const image = parse(buildImage({ sections: [], gitSha: null }));
    expect(image.gitSha).toBeNull();
  });
});
