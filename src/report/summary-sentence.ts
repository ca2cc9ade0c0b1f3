// A difference in one sentence, as a person would write it: the gravest change first, with whatever
// explains it. Made from the typed difference and the causes by general rules; nothing here knows
// any particular patch.

import { type Difference, firstDivergence, type GoldenDifference } from "../diff/typed.ts";
import { type Side, workRuns } from "../diff/side.ts";
import type { Golden } from "../golden/model.ts";
import { type Clause, counted, weights } from "./clause.ts";
import { fenceClauses } from "./clauses-fences.ts";
import { registerClauses } from "./clauses-registers.ts";
import { plural } from "./text.ts";

/** Clauses in a sentence. */
const clausesMax = 3;
const logTextMax = 90;

/** What changed from `a` to `b`, as one sentence; "" where nothing did. */
export function summarySentence(diff: GoldenDifference, a: Side, b: Side): string {
  if (diff.first === null) return "";
  const { differences } = diff;
  const clauses = [
    ...fenceClauses(a.golden, b.golden, differences),
    ...workClauses(a, b),
    ...registerClauses(a.golden, b.golden, differences),
    ...logClauses(a.golden, b.golden, differences),
  ].sort((x, y) => y.weight - x.weight);
  // Times that follow from the rest are no news.
  const news = clauses.length > 1 ? clauses.filter((c) => c.weight !== weights.times) : clauses;
  const own = firstDivergence(diff)!;
  const onlyTimes = news.every((c) => c.weight <= weights.times);
  // A difference that no clause is about tells itself.
  if (onlyTimes && own.kind !== "delayed") return sentence(own.detail.split("\n")[0]);
  const told = (news.length > 0 ? news : clauses).slice(0, clausesMax).map((c) => c.text);
  if (told.length === 0) return sentence(diff.first.detail);
  const only = differences.every((d) => d.kind === "delayed") ? "only times differ: " : "";
  return sentence(`${only}${told.join("; ")}`);
}

function sentence(text: string): string {
  // Names of functions keep their case.
  const first = /^[a-z]+(?= )/.test(text) ? text[0].toUpperCase() : text[0];
  return `${first}${text.slice(1)}.`;
}

/** Work items that no longer run, are new, or run more or less often. */
function workClauses(a: Side, b: Side): Clause[] {
  const [inA, inB] = [worksOf(a.golden), worksOf(b.golden)];
  const before = workRuns(a);
  const after = workRuns(b);
  if (before === null || after === null) {
    return comeAndGo(without(inA, inB), without(inB, inA), null);
  }
  // Only what has to do with the GPU: the rest of the system has work of its own.
  const own = new Set([...inA, ...inB]);
  const gone = [...before.keys()].filter((f) => own.has(f) && !after.has(f));
  const fresh = [...after.keys()].filter((f) => own.has(f) && !before.has(f));
  const out = comeAndGo(gone, fresh, (f) => {
    const n = before.get(f) ?? after.get(f)!;
    return n === 1 ? "once" : `${n} times`;
  });
  const changed = [...before].filter(([f, n]) => own.has(f) && (after.get(f) ?? n) !== n);
  changed.sort((x, y) => change(y, after) - change(x, after));
  const [most] = changed;
  if (most !== undefined) {
    const text = `${most[0]} runs ${plural(after.get(most[0])!, "time")} instead of ${most[1]}`;
    out.push({ text, weight: weights.workCount });
  }
  return out;
}

const change = ([f, n]: readonly [string, number], after: ReadonlyMap<string, number>): number =>
  Math.abs((after.get(f) ?? n) - n);

/** Work items that access registers or lead to signals. */
function worksOf({ registers, fences }: Golden): Set<string> {
  const contexts = [
    ...registers.map((r) => r.context),
    ...fences.flatMap((f) => [f.by, ...f.path]),
  ];
  return new Set(contexts.filter((c) => /^\w+$/.test(c) && c.includes("_")));
}

function without(all: ReadonlySet<string>, other: ReadonlySet<string>): string[] {
  return [...all].filter((c) => !other.has(c));
}

function comeAndGo(
  gone: readonly string[],
  fresh: readonly string[],
  times: ((f: string) => string) | null,
): Clause[] {
  const list = (names: readonly string[]): string =>
    names.length <= 2 ? names.join(" and ") : `${names[0]} and ${names.length - 1} more work items`;
  const out: Clause[] = [];
  if (gone.length > 0) {
    const was = gone.length === 1 && times !== null ? ` (${times(gone[0])} before)` : "";
    const verb = times === null ? "appear" : "run";
    const text = `${list(gone)} no longer ${gone.length === 1 ? `${verb}s` : verb}${was}`;
    out.push({ text, weight: weights.workGone });
  }
  if (fresh.length > 0) {
    const now = fresh.length === 1 && times !== null ? ` ${times(fresh[0])}` : "";
    const verb = times === null ? "appear" : "run";
    const text = `${list(fresh)} ${fresh.length === 1 ? `${verb}s` : verb}${now} where none did`;
    out.push({ text, weight: weights.workGone - 1 });
  }
  return out;
}

function logClauses(a: Golden, b: Golden, differences: readonly Difference[]): Clause[] {
  const of = (kind: Difference["kind"]): string[] =>
    differences
      .filter((d) => d.section === "log" && d.kind === kind)
      .map((d) => (d.actual >= 0 ? b.log[d.actual] : a.log[d.expected]).text);
  const extra = of("extra");
  const missing = of("missing");
  const out: Clause[] = [];
  const quote = (text: string): string => {
    const [line] = text.split("\n");
    return `"${line.length > logTextMax ? `${line.slice(0, logTextMax)}...` : line}"`;
  };
  const more = (n: number): string => (n <= 1 ? "" : ` and ${plural(n - 1, "more line")}`);
  if (extra.length > 0) {
    const [[text, n]] = counted(extra);
    const times = n > 1 ? ` ${n} times` : "";
    const rest = more(new Set(extra).size);
    out.push({ text: `the kernel logs ${quote(text)}${times}${rest}`, weight: weights.warning });
  }
  if (missing.length > 0) {
    const rest = more(new Set(missing).size);
    const text = `the kernel no longer logs ${quote(missing[0])}${rest}`;
    out.push({ text, weight: extra.length > 0 ? weights.logGone : weights.warning - 1 });
  }
  const delays = differences.filter((d) => d.section === "log" && d.kind === "delayed");
  if (delays.length > 0) out.push({ text: "the kernel log comes at other times", weight: 1 });
  return out;
}
