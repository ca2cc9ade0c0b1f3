// What a build writes right after it begins is newer than the mark of its beginning.

import { existsSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { mark } from "../../src/bisect/git/mark.ts";
import { temporaryFolder } from "../cli/run-cli.ts";

it("waits for the next tick of the file system's clock", async () => {
  const ticks = [5n, 5n, 5n, 5n, 6n, 6n];
  const times: bigint[] = [];
  await mark(join(temporaryFolder(), "mark"), () => times[times.push(ticks[times.length]) - 1]);
  expect(times).toEqual([5n, 5n, 5n, 5n, 6n]);
});

it("lets everything after it be newer, and leaves nothing else", async () => {
  const folder = temporaryFolder();
  const mtime = (name: string): bigint => statSync(join(folder, name), { bigint: true }).mtimeNs;
  for (let i = 0; i < 20; i++) {
    await mark(join(folder, "mark"));
    writeFileSync(join(folder, "built"), "");
    expect(mtime("built")).toBeGreaterThan(mtime("mark"));
  }
  expect(existsSync(join(folder, "mark-probe"))).toBe(false);
});
