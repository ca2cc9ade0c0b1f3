// Replays traces: one on this thread, several on workers; prints outcomes in order.

import { traceBytesMax } from "../trace/limits.ts";
import { exitCode, gravest } from "./exit-codes.ts";
import { InputError } from "./input-error.ts";
import { runPool } from "./pool.ts";
import { makeProgress } from "./progress.ts";
import { readText } from "./read-text.ts";
import { replayOne, type ReplayOutcome, type ReplayRequest } from "./replay-one.ts";
import { wantsColour } from "./streams.ts";
import { findTraces } from "./traces.ts";

/** Replays what `args` name and prints the reports; returns the exit code. */
export async function runMany(
  args: readonly string[],
  request: Omit<ReplayRequest, "path" | "colour">,
  json: boolean,
): Promise<number> {
  const paths = findTraces(args);
  if (request.golden === "accept" && paths.length > 1) checkNames(paths);
  const colour = wantsColour();
  const requests = paths.map((path): ReplayRequest => ({ ...request, path, colour }));
  const outcomes = requests.length === 1 ? [replayOne(requests[0])] : await onWorkers(requests);
  if (json) printJson(outcomes);
  else printText(outcomes);
  return gravest(outcomes.map((o) => o.exitCode));
}

/** Two traces of one name would write the same golden. */
function checkNames(paths: readonly string[]): void {
  const byName = new Map<string, string>();
  for (const path of paths) {
    const name = nameOf(path);
    const other = byName.get(name);
    if (other !== undefined) {
      throw new InputError(
        `${path}:1:1: DuplicateName: trace ${name} is also ${other}; ` +
          "both would write the same golden",
      );
    }
    byName.set(name, path);
  }
}

/** The `name:` of a trace, read without parsing it: what is malformed is reported by the replay. */
function nameOf(path: string): string {
  const text = readText(path, traceBytesMax);
  return /^name:[ \t]*["']?([^\s"'#]+)/m.exec(text)?.[1] ?? path;
}

async function onWorkers(requests: readonly ReplayRequest[]): Promise<ReplayOutcome[]> {
  const progress = makeProgress();
  progress.update(`0/${requests.length}`);
  try {
    return await runPool<ReplayRequest, ReplayOutcome>(requests, {
      worker: new URL("./worker.js", import.meta.url),
      onResult: (outcome, _, done) =>
        progress.update(`${done}/${requests.length} ${outcome.path} ${outcome.verdict}`),
    });
  } finally {
    progress.end();
  }
}

function printJson(outcomes: readonly ReplayOutcome[]): void {
  const data = outcomes.map((o) => o.json);
  process.stdout.write(`${JSON.stringify(data.length === 1 ? data[0] : data, null, 2)}\n`);
}

function printText(outcomes: readonly ReplayOutcome[]): void {
  for (const o of outcomes) {
    const out = o.exitCode >= exitCode.badInput ? process.stderr : process.stdout;
    out.write(`${o.lines.join("\n")}\n`);
    if (outcomes.length > 1) out.write("\n");
  }
  if (outcomes.length < 2) return;
  const counts = new Map<string, number>();
  for (const o of outcomes) counts.set(o.verdict, (counts.get(o.verdict) ?? 0) + 1);
  const text = [...counts].map(([verdict, n]) => `${n} ${verdict}`).join(", ");
  process.stdout.write(`${outcomes.length} traces: ${text}\n`);
}
