// What bisections keep on disk: whole entries or none, whoever is killed, and not for ever.

import { spawn } from "node:child_process";
import { once } from "node:events";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { Store } from "../../src/bisect/git/store.ts";
import { temporaryFolder } from "../cli/run-cli.ts";

const fillWith =
  (text: string) =>
  async (folder: string): Promise<boolean> => {
    writeFileSync(join(folder, "a"), text);
    await Promise.resolve();
    writeFileSync(join(folder, "b"), text);
    return true;
  };

describe("the store of a bisection", () => {
  it("shows an entry when all of it is there", async () => {
    const store = new Store(temporaryFolder());
    let seen: string | null = "";
    await store.publish("builds", "key", async (folder) => {
      writeFileSync(join(folder, "a"), "x");
      seen = new Store(store.folder).find("builds", "key");
      return true;
    });
    expect(seen).toBeNull();
    expect(readdirSync(store.find("builds", "key")!)).toEqual(["a"]);
    expect(store.find("setups", "key")).toBeNull();
  });

  it("takes the first of two that make the same, and nothing that was given up", async () => {
    const folder = temporaryFolder();
    const make = (text: string) => new Store(folder).publish("builds", "key", fillWith(text));
    expect(await Promise.all(["one", "two"].map(make))).toEqual([true, true]);
    const entry = new Store(folder).find("builds", "key")!;
    const [a, b] = ["a", "b"].map((name) => readFileSync(join(entry, name), "utf8"));
    expect(a).toBe(b);
    expect(await new Store(folder).publish("builds", "no", async () => false)).toBe(false);
    expect(new Store(folder).find("builds", "no")).toBeNull();
    expect(readdirSync(join(folder, "unfinished"))).toEqual([]);
  });

  it("removes what a killed process has left, and nothing of one that runs", async () => {
    const folder = temporaryFolder();
    const child = spawn("sleep", ["60"]);
    const left = (pid: number): string => join(folder, "unfinished", `${hostname()}-${pid}-abcdef`);
    mkdirSync(join(left(child.pid!), "half"), { recursive: true });
    const store = new Store(folder);
    await store.publish("builds", "one", fillWith("1"));
    expect(existsSync(left(child.pid!))).toBe(true);
    child.kill("SIGKILL");
    await once(child, "exit");
    await store.publish("builds", "two", fillWith("2"));
    expect(readdirSync(join(folder, "unfinished"))).toEqual([]);
  });

  it("keeps the entries that were used last", async () => {
    const store = new Store(temporaryFolder());
    for (let n = 0; n < 8; n++) {
      await store.publish("setups", `${n}`, fillWith("x"));
      utimesSync(join(store.folder, "setups", `${n}`), n + 1, n + 1);
    }
    expect(store.find("setups", "0")).not.toBeNull();
    await store.publish("setups", "8", fillWith("x"));
    expect(readdirSync(join(store.folder, "setups")).sort()).toEqual([..."02345678"]);
  });

  it("is no obstacle where it cannot be written", async () => {
    const file = join(temporaryFolder(), "file");
    writeFileSync(file, "");
    const store = new Store(join(file, "below"));
    expect(await store.publish("builds", "key", fillWith("x"))).toBe(false);
    expect(store.find("builds", "key")).toBeNull();
  });
});
