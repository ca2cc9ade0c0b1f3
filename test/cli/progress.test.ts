// Progress on a terminal and nowhere else; what counts as CI and as a place for colour.

import { describe, expect, it } from "vitest";
import { isCi } from "../../src/cli/ci.ts";
import { wantsColour } from "../../src/cli/output.ts";
import { makeProgress } from "../../src/cli/progress.ts";

function screen(isTTY: boolean, columns = 10) {
  const written: string[] = [];
  return { isTTY, columns, written, write: (s: string) => written.push(s) > 0 };
}

describe("progress", () => {
  it("overwrites one line of a terminal, cut to its width, and removes it", () => {
    const s = screen(true);
    const progress = makeProgress(s, {});
    progress.update("1/20 a-long-name");
    progress.end();
    expect(s.written).toEqual(["\r\u001b[2K1/20 a-lo", "\r\u001b[2K"]);
  });

  it.each([
    ["a pipe", false, {}],
    ["CI", true, { CI: "true" }],
    ["a dumb terminal", true, { TERM: "dumb" }],
  ])("is silent on %s", (_, tty, env) => {
    const s = screen(tty);
    const progress = makeProgress(s, env);
    progress.update("1/2");
    progress.end();
    expect(s.written).toEqual([]);
  });
});

it.each([
  [undefined, false],
  ["", false],
  ["0", false],
  ["false", false],
  ["true", true],
  ["1", true],
  ["github", true],
])("CI=%s means %s", (CI, ci) => {
  expect(isCi(CI === undefined ? {} : { CI })).toBe(ci);
});

it("colour needs a terminal that can show it and a user who wants it", () => {
  const tty = { isTTY: true };
  expect(wantsColour(tty, {})).toBe(true);
  expect(wantsColour({}, {})).toBe(false);
  expect(wantsColour(tty, { NO_COLOR: "1" })).toBe(false);
  // https://no-color.org: an empty value is as if it were not set.
  expect(wantsColour(tty, { NO_COLOR: "" })).toBe(true);
  expect(wantsColour(tty, { TERM: "dumb" })).toBe(false);
});
