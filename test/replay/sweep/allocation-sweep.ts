// Fails the allocations of one call, one after the other, each in a replay of its own.

import { expect } from "vitest";
import type { Profile } from "../../../src/device/profile/index.ts";
import type { ReplayResult } from "../../../src/replay/replay.ts";
import { K } from "../../../src/timeline/kinds.ts";
import { program, run } from "./sweep.ts";

/** A call under test, what goes before it, and what shows afterwards that everything still works. */
export interface Path {
  readonly call: string;
  readonly before: string;
  readonly after: string;
  /** Past the first 16 allocations, only every so many. */
  readonly stride?: number;
}

export interface SweepOptions {
  readonly profile?: Profile;
  /** Past the first 16 allocations, only every so many. */
  readonly stride?: number;
}

/** Every allocation up to here, whatever the stride. */
const thorough = 16;

/** Lines of the kernel log. */
function log({ rec }: ReplayResult): string[] {
  const lines: string[] = [];
  for (let i = rec.first; i < rec.length; i++) {
    if (rec.kind(i) === K.printk) lines.push(rec.string(rec.arg(i, 1)));
  }
  return lines;
}

/**
 * What the call returned with each of its allocations failing: the error, "0" where it does without,
 * "oops in FUNCTION" or "leak: OBJECT" where Linux 7.3 is broken. Where one failure is made good (an
 * xarray tries twice), the next allocation fails as well, and both results are given. The call is
 * made again afterwards; the first time it is expected to fail, so that it binds no name.
 */
export function sweep(path: Path, options: SweepOptions = {}): string[] {
  const { profile, stride = 1 } = options;
  const results: string[] = [];
  for (let n = 1; ; n += n < thorough ? 1 : stride) {
    const once = attempt(path, n, 1, profile);
    if (once === null) return results;
    results.push(once === "0" ? `0, then ${attempt(path, n, 2, profile)!}` : once);
  }
}

/** The call with `count` failing allocations from the `n`-th on; null: it makes fewer than `n`. */
function attempt(path: Path, n: number, count: number, profile?: Profile): string | null {
  const { call, before, after } = path;
  // A probe that worked cannot be made again; the file is opened again by what follows.
  let again = call;
  if (call === "plug:") again = "plug: ret=any";
  else if (call.startsWith("open:")) again = "yield:";
  const lines = [
    ...before.trim().split("\n"),
    `alloc_fail: nth=${n} count=${count}`,
    `${call} ret=-ENOMEM`,
    `alloc_fail: nth=4294967295`,
    again,
    ...after.trim().split("\n"),
  ].filter((line) => line !== "");
  const result = run(program(lines.join("\n")), profile);
  const logged = log(result);
  if (!logged.some((line) => line.startsWith("FAULT_INJECTION"))) return null;
  return outcome(path, n, result, logged);
}

function outcome(path: Path, n: number, result: ReplayResult, logged: readonly string[]): string {
  const { end, findings, unmet } = result;
  const crash = logged.find((line) => line.startsWith("pc : "));
  if (crash !== undefined) return `oops in ${crash.slice("pc : ".length)}`;
  const first = unmet.filter(({ expected }) => expected === "-12" || expected === "-ENOMEM");
  const others = unmet.filter((u) => !first.includes(u));
  const leaks = findings.filter(({ check }) => check === "references");
  const wrong = findings.filter((finding) => !leaks.includes(finding));
  expect({ call: path.call, n, end, wrong, others }).toEqual({
    call: path.call,
    n,
    end: { kind: "finished" },
    wrong: [],
    others: [],
  });
  if (leaks.length > 0) return `leak: ${leaks.map(({ text }) => text).join(", ")}`;
  return first.length === 0 ? "-ENOMEM" : first[0].got;
}

/** How often each result came. */
export function tally(results: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const result of results) counts[result] = (counts[result] ?? 0) + 1;
  return counts;
}
