// Replays traces with many seeds. What is due at one instant has no promised order: a driver must
// be right in all of them. Replays that agree in everything but times are one outcome.

import { observe } from "../bisect/observe.ts";
import { plural } from "../report/text.ts";
import { choose } from "./choose.ts";
import { exitCode, gravest } from "./exit-codes.ts";
import { OptionArgumentError } from "./input-error.ts";
import { makeProgress } from "./progress.ts";
import { findTraces } from "./traces.ts";

export interface ExploreOptions {
  readonly traces: readonly string[];
  readonly revision: string | null;
  readonly profile: string | null;
  /** How many seeds, and the first of them; 0 is first in, first out. */
  readonly seeds: number;
  readonly from: number;
  readonly cpus: number | null;
  readonly json: boolean;
}

const seedsMax = 100_000;
const cpusMax = 8;

/** Replays that have the same fences and register accesses, by whom, in the same order. */
interface Outcome {
  readonly seeds: number[];
  /** What went wrong, the same text once. */
  readonly findings: readonly string[];
}

interface Exploration {
  readonly trace: string;
  readonly revision: string;
  readonly profile: string;
  readonly cpus: number;
  readonly outcomes: readonly Outcome[];
  /** Seeds that could not be replayed, with the reason. */
  readonly failed: readonly { readonly seed: number; readonly reason: string }[];
}

/** Runs and prints. 0: no finding in any order, 1: one, 125: a seed could not be replayed. */
export function runExplore(o: ExploreOptions): number {
  within("--seeds", o.seeds, 1, seedsMax);
  within("--from", o.from, 0, 2 ** 32 - seedsMax);
  if (o.cpus !== null) within("--cpus", o.cpus, 1, cpusMax);
  const progress = makeProgress();
  const explored = findTraces(o.traces).map((path) => explore(path, o, progress.update));
  progress.end();
  const text = o.json
    ? JSON.stringify(explored.length === 1 ? explored[0] : explored, null, 2)
    : explored.map((e) => exploredText(e).join("\n")).join("\n\n");
  process.stdout.write(`${text}\n`);
  return gravest(explored.map(codeOf));
}

function within(option: string, value: number, min: number, max: number): void {
  if (value >= min && value <= max) return;
  throw new OptionArgumentError(`${option} ${value}: expected a number from ${min} to ${max}`);
}

function codeOf({ outcomes, failed }: Exploration): number {
  if (outcomes.some(({ findings }) => findings.length > 0)) return exitCode.differs;
  return failed.length > 0 ? exitCode.cannotJudge : exitCode.agrees;
}

function explore(path: string, o: ExploreOptions, update: (text: string) => void): Exploration {
  const { trace, revision, profile, profileName } = choose({ path, ...o });
  const cpus = o.cpus ?? trace.cpus;
  const outcomes = new Map<string, Outcome>();
  const failed: { seed: number; reason: string }[] = [];
  for (let seed = o.from; seed < o.from + o.seeds; seed++) {
    update(`${path} seed ${seed}`);
    const scene = { trace: { ...trace, seed, cpus }, profile, profileName };
    const observed = observe(scene, revision);
    if (!observed.ok) {
      failed.push({ seed, reason: observed.reason });
      continue;
    }
    const { golden, findings } = observed.observation;
    const what = JSON.stringify([
      golden.fences.map(({ fence, timeline, error, by }) => [fence, timeline, error, by]),
      golden.registers.map((r) => [r.context, r.direction, r.register, r.value]),
      findings.map(withoutPlace),
    ]);
    const outcome = outcomes.get(what);
    if (outcome === undefined) outcomes.set(what, { seeds: [seed], findings });
    else outcome.seeds.push(seed);
  }
  return {
    trace: trace.name,
    revision: revision.id,
    profile: profileName,
    cpus,
    outcomes: [...outcomes.values()],
    failed,
  };
}

/** A finding without the entry and the time at which it was made. */
const withoutPlace = (finding: string): string => finding.replace(/ \(entry .*$/, "");

const seedsListed = 8;

function seedList(seeds: readonly number[]): string {
  const listed = seeds.slice(0, seedsListed).join(", ");
  const more = seeds.length - seedsListed;
  const noun = seeds.length === 1 ? "seed" : "seeds";
  return more > 0 ? `${noun} ${listed} and ${more} more` : `${noun} ${listed}`;
}

function exploredText({ trace, revision, profile, cpus, outcomes, failed }: Exploration): string[] {
  const count = outcomes.reduce((n, { seeds }) => n + seeds.length, 0);
  const lines = [
    `${trace}  ${revision}  ${profile}  ${plural(cpus, "CPU")}: ${plural(count, "order")} drawn, ` +
      `${plural(outcomes.length, "outcome")}`,
  ];
  for (const { seeds, findings } of outcomes) {
    lines.push(`  ${String(seeds.length).padStart(5)}  ${seedList(seeds)}`);
    for (const finding of findings) lines.push(`         ${finding}`);
  }
  for (const { seed, reason } of failed) lines.push(`  seed ${seed} cannot be replayed: ${reason}`);
  const worst = outcomes.find(({ findings }) => findings.length > 0);
  if (worst !== undefined) {
    lines.push(`  to see it: replay ${trace} --seed ${worst.seeds[0]} --timeline all`);
  }
  return lines;
}
