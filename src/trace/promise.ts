// Promises of a trace: how late a stage of a fence may be, and who signals it.
// `fence out0 signalled <= 30us after gpu done, by irq thread`. One that is not kept is a finding.

import type { Fail } from "./line.ts";
import { nearest } from "./suggest.ts";
import { parseDuration, printDuration } from "./units.ts";

/** What happens to a job's fence, in order; the later ones are the stages of the summary. */
export const promiseStages = [
  "queued",
  "run",
  "gpu done",
  "irq raised",
  "hardirq",
  "irq thread",
  "work queued",
  "work running",
  "signalled",
] as const;
export type PromiseStage = (typeof promiseStages)[number];

export interface TimingPromise {
  /** A sync object's fence (`out0`, `done:3`, `done:*`) or `context:seqno`; null: every job. */
  readonly fence: string | null;
  readonly stage: PromiseStage;
  readonly within: { readonly ns: number; readonly after: PromiseStage } | null;
  /** `hardirq`, `irq thread`, or a pattern of the context that signals; null: anybody. */
  readonly by: string | null;
  readonly line: number;
}

const form = "fence NAME | every job, STAGE [<= DURATION after STAGE] [, by CONTEXT]";

interface Token {
  readonly text: string;
  readonly column: number;
}

/** Reads a promise; `line` is where it stands. Problems go to `fail`. */
export function parsePromise(text: string, line: number, fail: Fail): TimingPromise | undefined {
  const tokens = tokensOf(text);
  const fence = subject(tokens, text, fail);
  if (fence === undefined) return undefined;
  const stage = stageOf(tokens, text, fail);
  if (stage === undefined) return undefined;
  let within: TimingPromise["within"] = null;
  if (tokens[0]?.text === "<=") {
    tokens.shift();
    const ns = durationOf(tokens, text, fail);
    if (ns === undefined) return undefined;
    if (!take(tokens, "after", text, fail)) return undefined;
    const after = stageOf(tokens, text, fail);
    if (after === undefined) return undefined;
    if (promiseStages.indexOf(after) >= promiseStages.indexOf(stage)) {
      return fail("BadValue", 0, `${stage} does not come after ${after}`);
    }
    within = { ns, after };
  }
  if (tokens[0]?.text === ",") tokens.shift();
  const by = contextOf(tokens, text, fail);
  if (by === undefined) return undefined;
  if (by !== null && stage !== "signalled") {
    return fail("BadValue", 0, `by is for signalled, not for ${stage}`);
  }
  if (within === null && by === null) {
    return fail("BadValue", text.length, "nothing is promised", { expected: form });
  }
  return { fence, stage, within, by, line };
}

/** A promise as the parser reads it. */
export function printPromise({ fence, stage, within, by }: Omit<TimingPromise, "line">): string {
  const subject = fence === null ? "every job" : `fence ${fence}`;
  const limit = within === null ? "" : ` <= ${printDuration(within.ns)} after ${within.after}`;
  return `${subject} ${stage}${limit}${by === null ? "" : `, by ${by}`}`;
}

function tokensOf(text: string): Token[] {
  // People also type the signs of mathematics and of units.
  return [...text.matchAll(/<=|≤|,|[^\s,<≤]+/g)].map((m) => ({
    text: m[0].replace("≤", "<=").replace(/[µμ]s$/, "us"),
    column: m.index,
  }));
}

function subject(tokens: Token[], text: string, fail: Fail): string | null | undefined {
  const [first, second] = tokens;
  if (first?.text === "fence" && second !== undefined && /^[\w.*?:-]+$/.test(second.text)) {
    tokens.splice(0, 2);
    return second.text;
  }
  if (first?.text === "every" && second?.text === "job") {
    tokens.splice(0, 2);
    return null;
  }
  return fail("BadLine", first?.column ?? 0, text.trim() || "nothing", { expected: form });
}

function stageOf(tokens: Token[], text: string, fail: Fail): PromiseStage | undefined {
  const [first, second] = tokens;
  const two = `${first?.text ?? ""} ${second?.text ?? ""}`;
  const stage =
    promiseStages.find((s) => s === two) ?? promiseStages.find((s) => s === first?.text);
  if (stage === undefined) {
    const got = nearest(two, promiseStages) === undefined ? (first?.text ?? "") : two;
    return fail("BadValue", first?.column ?? text.length, `stage ${JSON.stringify(got)}`, {
      oneOf: promiseStages,
      got,
    });
  }
  tokens.splice(0, stage.includes(" ") ? 2 : 1);
  return stage;
}

function durationOf(tokens: Token[], text: string, fail: Fail): number | undefined {
  const [first, second] = tokens;
  const apart = `${first?.text ?? ""}${second?.text ?? ""}`;
  const joined = parseDuration(first?.text ?? "");
  const ns = joined ?? parseDuration(apart);
  if (ns === null) {
    const got = JSON.stringify(first?.text ?? "");
    return fail("BadValue", first?.column ?? text.length, got, { expected: "a duration, 30us" });
  }
  tokens.splice(0, joined === null ? 2 : 1);
  return ns;
}

function take(tokens: Token[], word: string, text: string, fail: Fail): boolean {
  if (tokens[0]?.text !== word) {
    const got = JSON.stringify(tokens[0]?.text ?? "");
    fail("BadLine", tokens[0]?.column ?? text.length, got, { expected: word });
    return false;
  }
  tokens.shift();
  return true;
}

function contextOf(tokens: Token[], text: string, fail: Fail): string | null | undefined {
  if (tokens.length === 0) return null;
  if (!take(tokens, "by", text, fail)) return undefined;
  if (tokens.length === 0) {
    return fail("BadLine", text.length, "by whom?", {
      expected: "hardirq, irq thread, or a context such as group_sync_upd_work",
    });
  }
  return tokens.map((t) => t.text).join(" ");
}
