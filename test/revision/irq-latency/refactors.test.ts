// Patches 1 to 3 change nothing that can be seen: whole timelines are compared, entry by entry, on
// every trace there is. Where locks and atomic operations are priced, times move by what the patches
// save and add, and the order that the driver promises stays.

import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Effect } from "effect";
import { build, type Plugin } from "esbuild";
import { beforeAll, describe, expect, it } from "vitest";
import { projectPromised } from "../../../src/conformance/promised.ts";
import { catalog } from "../../../src/revision/catalog.ts";
import { irqLatencySeries } from "../../../src/revision/irq-latency/series.ts";
import { overlaysOf, parseRevision } from "../../../src/revision/revision.ts";
import { timelineDigest } from "../../../src/timeline/digest.ts";
import { eventsOf, hardirqTimes, maskedTimes, run, traceFile, unchecked } from "./measure.ts";

const { eagerPlugin } = (await import("../../../scripts/eager/plugin.mjs" as string)) as {
  eagerPlugin: () => Plugin;
};

const base = "linux-7.3";
const refactored = "irq-latency-v3@3";
const root = fileURLToPath(new URL("../../../", import.meta.url));

const parse = (name: string) => Effect.runSync(parseRevision(name, catalog));

const every = readdirSync(join(root, "traces"), { recursive: true, encoding: "utf8" })
  .filter((file) => file.endsWith(".yaml"))
  .map((file) => file.slice(0, -".yaml".length))
  .sort();
/** One allocation after the other fails, and patch 3 allocates the name of an interrupt. */
const shortOfMemory = "findings/irq-11-no-memory-for-the-name";

/** Digests of each trace's timeline at each of some revisions. */
async function digests(revisions: readonly string[]): Promise<Map<string, string[]>> {
  const folder = mkdtempSync(join(root, "node_modules/.cache/digests-"));
  try {
    const outfile = join(folder, "digests.mjs");
    await build({
      entryPoints: [join(root, "test/revision/irq-latency/digests.ts")],
      outfile,
      bundle: true,
      platform: "node",
      format: "esm",
      logLevel: "warning",
      plugins: [eagerPlugin()],
      banner: {
        js: 'import{createRequire as __cr}from"node:module";const require=__cr(import.meta.url);',
      },
    });
    const path = (trace: string): string => join(root, "traces", `${trace}.yaml`);
    const stdout = execFileSync(process.execPath, [outfile, ...revisions], {
      input: every.map(path).join("\n"),
      encoding: "utf8",
      maxBuffer: 1 << 24,
    });
    const found = JSON.parse(stdout) as Record<string, string[]>;
    return new Map(every.map((trace) => [trace, found[path(trace)]]));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

describe("the first three patches", () => {
  let timelines: Map<string, string[]>;
  beforeAll(async () => {
    timelines = await digests([base, refactored]);
  }, 900_000);

  it("are the same ones in every version, and the second has no operation", () => {
    const three = parse(refactored).patches;
    for (const id of ["v1", "v2", "v3", "merged", "v2-hardirq"].map((v) => `irq-latency-${v}`)) {
      const series = irqLatencySeries.find((s) => s.id === id)!;
      expect(series.patches.slice(0, 3), id).toEqual(three);
    }
    const [, overlay] = overlaysOf(parse(refactored));
    expect(overlay(null as never, null as never)).toEqual({});
  });

  it.each(every.filter((trace) => trace !== shortOfMemory))("do not touch %s", (trace) => {
    const [before, after] = timelines.get(trace)!;
    expect(after).toBe(before);
  });

  it("can fail a probe at one allocation more", () => {
    const [before, after] = timelines.get(shortOfMemory)!;
    expect(after).not.toBe(before);
  });
});

const digest = (trace: string, revision: string): string =>
  timelineDigest(unchecked(traceFile(trace), revision).rec);

describe.each(["02-single-job", "06-runtime-pm", "07b-mmu-fault"])("%s", (trace) => {
  it("is the same with the first, and with the preparations of the merged form", () => {
    expect(digest(trace, "irq-latency-v3@1")).toBe(digest(trace, base));
    expect(digest(trace, "irq-latency-merged@5")).toBe(digest(trace, base));
  });

  it("is another one with patch 4", () => {
    expect(digest(trace, "irq-latency-v3@4")).not.toBe(digest(trace, base));
  });
});

describe("where operations are priced", () => {
  const costs = "rk3588";

  it.each([
    "02-single-job",
    "06-runtime-pm",
    "07a-job-timeout",
    "07c-cs-fault",
    "10-unbind",
    "findings/irq-20-waits-for-each-job",
    "irq/22-lost-sync-event-autosuspend",
    "irq/32-event-around-unbind",
  ])("the promised order of %s stays", (trace) => {
    const promised = (rev: string) => {
      const { aspects } = projectPromised(eventsOf(unchecked(traceFile(trace), rev, costs)));
      return Object.entries(aspects).map(([aspect, strands]) => {
        const keys = [...strands].map(([name, seen]) =>
          [name, ...seen.map((o) => o.key)].join("\n"),
        );
        return [aspect, ...keys.sort()];
      });
    };
    expect(promised(refactored)).toEqual(promised(base));
    expect(promised("irq-latency-v3")).not.toEqual(promised(base));
  });

  it("an interrupt takes an atomic operation less in each of its two halves", () => {
    const of = (rev: string) => run(traceFile("02-single-job"), rev, costs);
    const [before, after] = [of(base), of(refactored)];
    expect(hardirqTimes(before)[0] - hardirqTimes(after)[0]).toBe(15);
    expect(maskedTimes(before)[0] - maskedTimes(after)[0]).toBe(15);
  });

  it("a suspend takes a lock more", () => {
    const locks = (rev: string) => run(traceFile("06-runtime-pm"), rev, costs).locks;
    const [before, after] = [locks(base), locks(refactored)];
    const more = Object.keys(after).filter((name) => after[name] !== before[name]);
    expect(more).toEqual(["panthor_irq.mask_lock"]);
    expect(after[more[0]]).toBeGreaterThan(before[more[0]]);
  });
});
