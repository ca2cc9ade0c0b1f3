// Bisects inside a trace: the shortest prefix of its events at which the timelines of two revisions
// part, and the call that led to where they do.

import { diffByGolden } from "../diff/promised.ts";
import { replay } from "../replay/replay.ts";
import type { Revision } from "../revision/revision.ts";
import { causeChain } from "../timeline/causality.ts";
import { K } from "../timeline/kinds.ts";
import { Recorder } from "../timeline/recorder.ts";
import type { Trace, TraceEvent } from "../trace/trace.ts";
import { flatten, inOrderOfStart, only } from "./flat.ts";
import { builtGolden, observe, type Observed, type Scene } from "./observe.ts";
import type { Predicate } from "./predicate.ts";
import { type Judgement, searchFirstBad } from "./search.ts";
import { evidenceOf, judgementOf } from "./series.ts";

export interface InsideRequest {
  readonly scene: Scene;
  readonly good: Revision;
  readonly bad: Revision;
  readonly predicate: Predicate;
  /** Replays the prefixes at the same time as others; here, one after the other, without. */
  readonly replay?: (trace: Trace, revision: Revision) => Promise<Observed>;
  readonly hands?: () => number;
}

export type InsideResult =
  | {
      readonly found: true;
      /** The last event of the shortest prefix. */
      readonly event: TraceEvent;
      /** Its number from 1, in the order in which events begin, and how many there are. */
      readonly number: number;
      readonly count: number;
      /** Numbers before it whose prefixes cannot be judged: the event may be one of those. */
      readonly notJudged: readonly number[];
      /** The prefix as a trace, with repetitions written out. */
      readonly prefix: Trace;
      readonly evidence: string;
      /** The event whose call led to the first divergence, null where that is not known. */
      readonly origin: TraceEvent | null;
    }
  | { readonly found: false; readonly judged: boolean; readonly reason: string };

/** Finds the shortest prefix. */
export async function bisectInside(request: InsideRequest): Promise<InsideResult> {
  const { scene, good, bad, predicate, hands = () => 1 } = request;
  const trace = flatten(scene.trace);
  const order = inOrderOfStart({ ...scene, trace }, good);
  const prefixOf = (n: number): Trace => only(trace, new Set(order.slice(0, n)));
  const run = request.replay ?? (async (t, revision) => observe({ ...scene, trace: t }, revision));
  const pairs = new Map<number, Promise<readonly [Observed, Observed]>>();
  const pair = (n: number): Promise<readonly [Observed, Observed]> => {
    const prefix = prefixOf(n);
    const known = pairs.get(n) ?? Promise.all([run(prefix, good), run(prefix, bad)]);
    pairs.set(n, known);
    return known;
  };
  const judge = async (n: number): Promise<Judgement> => judgePair(predicate, await pair(n));
  const pairHands = (): number => Math.max(1, Math.floor(hands() / 2));
  const last = order.length;
  const { between } = await searchFirstBad(0, last, { judge, hands: pairHands });
  if (between === null) {
    const [, whole] = [await pair(0), await pair(last)];
    const broken = whole.find((o) => !o.ok);
    if (broken !== undefined && !broken.ok && (await judge(last)) === "skip") {
      return { found: false, judged: false, reason: `it cannot be judged: ${broken.reason}` };
    }
    const reason = `with all ${last} events, ${bad.id} shows nothing that ${good.id} does not`;
    return { found: false, judged: true, reason };
  }
  const { after, upTo } = between;
  const [before, at] = await pair(upTo);
  const prefix = prefixOf(upTo);
  return {
    found: true,
    event: order[upTo - 1],
    number: upTo,
    count: last,
    notJudged: Array.from({ length: upTo - after - 1 }, (_, i) => after + 1 + i),
    prefix,
    evidence: evidenceOf(predicate, before, at) ?? "",
    origin: at.ok && before.ok ? originOf({ ...scene, trace: prefix }, good, bad) : null,
  };
}

/** Bad where the predicate holds at the bad revision and not at the good one. */
function judgePair(predicate: Predicate, [good, bad]: readonly [Observed, Observed]): Judgement {
  const judgement = judgementOf(predicate, good, bad);
  if (judgement !== "bad" || predicate.compares) return judgement;
  const atGood = judgementOf(predicate, null, good);
  return atGood === "good" ? "bad" : atGood === "bad" ? "good" : "skip";
}

/** The event whose call led to the first divergence of two revisions. */
export function originOf(scene: Scene, good: Revision, bad: Revision): TraceEvent | null {
  const expected = project(scene, good);
  const actual = project(scene, bad);
  const { first } = diffByGolden(expected.golden, actual.golden);
  if (first === null || first.section === "log" || first.actual < 0) return null;
  const { rec, starts, golden } = actual;
  const entry = golden.index[first.section][first.actual];
  const call = causeChain(rec, entry).find((i) => rec.kind(i) === K.ioctl_begin);
  if (call === undefined) return null;
  const { pid } = rec.contexts[rec.ctx(call)];
  return starts.findLast((s) => s.event.actor.pid === pid && s.entry <= call)?.event ?? null;
}

function project(scene: Scene, revision: Revision) {
  const { trace, profile } = scene;
  const recorder = new Recorder();
  const starts: { readonly event: TraceEvent; readonly entry: number }[] = [];
  const onEvent = (event: TraceEvent): void => {
    starts.push({ event, entry: recorder.length });
  };
  const result = replay({ trace, profile, revision, recorder, onEvent });
  return { rec: result.rec, starts, golden: builtGolden(scene, revision, result) };
}
