// What docs/gate.md and the workflows say is true: their examples parse, their commands exist.

import { isRight } from "effect/Either";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { checkFormats } from "../../src/report/formats.ts";
import { parseTrace } from "../../src/trace/parse.ts";
import { documented } from "./foreign-project.ts";
import { root } from "./run-cli.ts";

const read = (name: string): string => readFileSync(join(root, name), "utf8");
const { scripts } = JSON.parse(read("package.json")) as { scripts: Record<string, string> };

describe("docs/gate.md", () => {
  it.each(["declarations", "promises"])("its %s are those of a trace", (mark) => {
    const head = "version: 1\nname: x\ndescription: x\n";
    const trace = parseTrace(`${head}${documented(mark)}events: []\n`, "gate.md");
    expect(isRight(trace) ? "" : trace.left.message).toBe("");
    expect(isRight(trace) && Object.entries(trace.right)).toContainEqual([
      mark === "promises" ? "promises" : "incidental",
      expect.objectContaining({ length: mark === "promises" ? 4 : 3 }),
    ]);
  });

  it("has every format", () => {
    for (const format of checkFormats) expect(read("docs/gate.md")).toContain(`| \`${format}\` `);
  });
});

describe.each([
  [".github/workflows/gate.yml", true],
  [".gitlab-ci.yml", true],
  ["docs/ci/github-actions.yml", false],
  ["docs/ci/gitlab-ci.yml", false],
])("%s", (file, ours) => {
  /** Every command of the workflow, whatever job and step it is in. */
  function commands(node: unknown, key = ""): string[] {
    if (typeof node === "string") return key === "run" || key === "script" ? [node] : [];
    if (Array.isArray(node)) return node.flatMap((item) => commands(item, key));
    if (typeof node !== "object" || node === null) return [];
    return Object.entries(node).flatMap(([k, value]) => commands(value, k));
  }
  const all = commands(parse(read(file)));

  it("installs, then checks", () => {
    const check = all.findIndex((c) => c.includes(" check "));
    expect(check).toBeGreaterThan(all.indexOf("npm ci"));
    expect(all.indexOf("npm ci")).toBeGreaterThanOrEqual(0);
    expect(all[check]).toMatch(ours ? /^npm run --silent check -- / : /^npx panthor-replay check /);
    expect(all.some((c) => /\b(accept|review)\b/.test(c))).toBe(false);
  });

  it("runs what there is", () => {
    for (const command of all) {
      const script = /npm run (?:--silent )?(\S+)/.exec(command)?.[1];
      if (script !== undefined) expect(Object.keys(scripts)).toContain(script);
      if (command.startsWith(".ci/")) expect(read(command)).toContain("npm ci");
      for (const [, format] of command.matchAll(/--(?:format |output )(\w+)/g)) {
        expect(checkFormats).toContain(format);
      }
    }
  });
});
