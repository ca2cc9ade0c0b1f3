// Numbers with units, timestamps, suggestions.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { editDistance, nearest } from "../../src/trace/suggest.ts";
import * as errno from "../../src/machine/errno.ts";
import { errnoByName, printErrno } from "../../src/trace/errno-name.ts";
import * as units from "../../src/trace/units.ts";

describe("units", () => {
  test.each([
    ["0", 0],
    ["100us", 100_000],
    ["1.5ms", 1_500_000],
    ["2s", 2_000_000_000],
    ["0.000000001s", 1],
    ["7ns", 7],
    ["0.5ns", null],
    ["5", null],
    ["-5ms", null],
    ["us", null],
    ["1e3us", null],
    ["99999999s", null],
    ["01us", null],
  ])("duration %s", (text, ns) => {
    expect(units.parseDuration(text)).toBe(ns);
  });

  test.each([
    ["1.201148303", { relative: false, ns: 1_201_148_303 }],
    ["12ms", { relative: false, ns: 12_000_000 }],
    ["+5ms", { relative: true, ns: 5_000_000 }],
    ["+0", { relative: true, ns: 0 }],
    ["5", null],
    ["+1.5", null],
    ["1.", null],
  ])("timestamp %s", (text, expected) => {
    expect(units.parseTimestamp(text)).toEqual(expected);
  });

  test.each([
    ["64KiB", 65536],
    ["0x1000", 4096],
    ["2GiB", 2 ** 31],
    ["5KB", null],
    ["9007199254740993", null],
    ["8388608GiB", null],
  ])("size %s", (text, bytes) => {
    expect(units.parseSize(text)).toBe(bytes);
  });

  test("what is printed reads back", () => {
    fc.assert(
      fc.property(fc.nat({ max: 2 ** 31 - 1 }), fc.boolean(), (n, relative) => {
        expect(units.parseDuration(units.printDuration(n))).toBe(n);
        expect(units.parseSize(units.printSize(n))).toBe(n);
        expect(units.parseInteger(units.printHex(n))).toBe(n);
        const t = { relative, ns: n };
        expect(units.parseTimestamp(units.printTimestamp(t))).toEqual(t);
      }),
    );
  });

  test("64-bit masks keep their bits", () => {
    expect(units.parseBigInt("0xfedcba9876543210")).toBe(0xfedcba9876543210n);
  });
});

describe("suggestions", () => {
  test.each([
    ["group_sumbit", "group_submit"],
    ["vm_bnd", "vm_bind"],
    ["VM_BIND", "vm_bind"],
    ["xyz", undefined],
    ["", undefined],
  ])("%s", (got, meant) => {
    expect(nearest(got, ["group_submit", "vm_bind", "vm_create"])).toBe(meant);
  });

  test("a swap of neighbours is one edit", () => {
    expect(editDistance("sumbit", "submit")).toBe(1);
    expect(editDistance("abc", "")).toBe(3);
  });
});

describe("error names", () => {
  test("agree with the kernel's numbers", () => {
    for (const [name, value] of Object.entries(errno)) {
      if (typeof value !== "number" || errnoByName(name) === null) continue;
      expect([name, errnoByName(name)]).toEqual([name, value]);
    }
    expect(printErrno(errno.ETIMEDOUT)).toBe("ETIMEDOUT");
    expect(printErrno(9999)).toBe("9999");
  });
});
