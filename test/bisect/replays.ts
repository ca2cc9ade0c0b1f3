// Replays made up for tests: a stack of patches that delay one fence and write into the log.

import type { Observed } from "../../src/bisect/observe.ts";
import type { Selector } from "../../src/bisect/stack.ts";
import type { FenceRow, GoldenHeader } from "../../src/golden/model.ts";

const header: GoldenHeader = {
  format: 1,
  trace: "t",
  traceDigest: "0",
  revision: "r",
  profile: "p",
  seed: 0,
};

export interface MadeUpPatch {
  readonly delayNs: number;
  readonly log?: string;
  /** A part of the stack that ends with it cannot be replayed. */
  readonly breaks?: boolean;
}

/** A replay of patches that each delay the only fence by so many ns, and log what they log. */
export function replayOf(patches: readonly MadeUpPatch[]): Observed {
  if (patches.at(-1)?.breaks === true) return { ok: false, reason: "no such register" };
  const delay = patches.reduce((sum, { delayNs }) => sum + delayNs, 0);
  const fence: FenceRow = {
    fence: "1:1",
    driver: "d",
    timeline: "t",
    init: 0,
    queued: 0,
    run: 1,
    signalled: 1000 + delay,
    error: 0,
    by: "irq",
    path: [],
    stages: [
      ["irq_raised", 0],
      ["signalled", 100 + delay],
    ],
  };
  const log = patches.flatMap(({ log: text }) =>
    text === undefined ? [] : [{ time: 5, level: "warn", text }],
  );
  const golden = { header, fences: [fence], registers: [], log };
  const observation = {
    golden,
    works: {},
    digest: JSON.stringify(golden),
    findings: [],
    checks: [],
    unmet: [],
    end: "finished" as const,
    calls: [],
    points: { "done:1": ["1:1"] },
    entries: 1,
  };
  return { ok: true, observation };
}

/** The patches of a part of a stack. */
export function partOfStack<T>(patches: readonly T[], selector: Selector): T[] {
  const n = Number(selector.slice(1));
  if (selector.startsWith("@")) return patches.slice(0, n);
  return patches.filter((_, i) => (i === n - 1) === selector.startsWith("+"));
}
