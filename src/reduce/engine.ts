// Tries candidates: the first in order that is lighter than the best so far and still shows what is
// looked for takes its place. Other hands judge candidates ahead; which one is taken depends on
// their order alone, so the result is the same however many hands there are.

import * as Either from "effect/Either";
import { createHash } from "node:crypto";
import { parseTrace } from "../trace/parse.ts";
import { printTrace } from "../trace/print.ts";
import type { Trace } from "../trace/trace.ts";
import { prune } from "./prune.ts";
import { lighter, type Weight, weightOf } from "./weight.ts";

/** Whether a trace shows what is looked for; `text` is the trace, printed. */
export type HoldsJudge = (trace: Trace, text: string) => boolean | Promise<boolean>;

export interface EngineOptions {
  readonly judge: HoldsJudge;
  /** Candidates judged at the same time, now. */
  readonly hands?: () => number;
  /** What has been judged before, by `digestOf`; what is judged now is added. */
  readonly memo?: Map<string, boolean>;
  /** Told of each judgement and of each step. */
  readonly onProgress?: (progress: Progress) => void;
}

export interface Progress {
  readonly judged: number;
  readonly steps: number;
  readonly best: Trace;
}

interface Candidate {
  readonly trace: Trace;
  readonly text: string;
  readonly weight: Weight;
  readonly position: number;
}

/** Identifies a trace by its canonical text. */
export const digestOf = (text: string): string =>
  createHash("sha256").update(text).digest("hex").slice(0, 16);

/** The trace as its canonical text reads; null where that cannot be read. */
export function canonical(trace: Trace): { readonly trace: Trace; readonly text: string } | null {
  const text = printTrace(trace, { comments: true });
  const parsed = parseTrace(text);
  return Either.isLeft(parsed) ? null : { trace: parsed.right, text };
}

export class Engine {
  best: Trace;
  /** Candidates that were judged, and those that took the best one's place. */
  judged = 0;
  steps = 0;
  readonly memo: Map<string, boolean>;
  private weight: Weight;
  private readonly hands: () => number;

  constructor(
    trace: Trace,
    private readonly options: EngineOptions,
  ) {
    this.best = trace;
    this.weight = weightOf(trace);
    this.hands = options.hands ?? (() => 1);
    this.memo = options.memo ?? new Map();
  }

  /**
   * Takes the first candidate that is lighter and holds; its position, -1 for none. null stands for
   * a candidate that there is none of.
   */
  async first(candidates: Iterable<Trace | null>): Promise<number> {
    let position = 0;
    let batch: Candidate[] = [];
    for (const trace of candidates) {
      const candidate = trace === null ? null : this.candidate(trace, position);
      position++;
      if (candidate === null) continue;
      batch.push(candidate);
      if (batch.length < this.hands()) continue;
      const taken = await this.take(batch);
      if (taken >= 0) return taken;
      batch = [];
    }
    return this.take(batch);
  }

  /** Takes candidates as long as one of them holds; true if one did. */
  async repeat(candidates: (best: Trace) => Iterable<Trace | null>): Promise<boolean> {
    let progress = false;
    while ((await this.first(candidates(this.best))) >= 0) progress = true;
    return progress;
  }

  /** Takes a trace that means the same: nothing has to hold anew. */
  rewrite(trace: Trace): void {
    const read = canonical(trace);
    if (read === null) return;
    this.best = read.trace;
    this.weight = weightOf(read.trace);
  }

  private candidate(trace: Trace, position: number): Candidate | null {
    const pruned = prune(trace);
    if (!lighter(weightOf(pruned), this.weight)) return null;
    const read = canonical(pruned);
    if (read === null) return null;
    const weight = weightOf(read.trace);
    return lighter(weight, this.weight) ? { ...read, weight, position } : null;
  }

  private async take(batch: readonly Candidate[]): Promise<number> {
    const answers = batch.map((c) => this.holds(c));
    // An answer that nobody waits for any more may still come as an error.
    for (const answer of answers) answer.catch(() => {});
    for (let i = 0; i < batch.length; i++) {
      if (!(await answers[i])) continue;
      this.best = batch[i].trace;
      this.weight = batch[i].weight;
      this.steps++;
      this.tell();
      return batch[i].position;
    }
    return -1;
  }

  private async holds({ trace, text }: Candidate): Promise<boolean> {
    const key = digestOf(text);
    const known = this.memo.get(key);
    if (known !== undefined) return known;
    const answer = await this.options.judge(trace, text);
    this.memo.set(key, answer);
    this.judged++;
    this.tell();
    return answer;
  }

  private tell(): void {
    const { judged, steps, best } = this;
    this.options.onProgress?.({ judged, steps, best });
  }
}
