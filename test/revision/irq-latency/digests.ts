// Digests of the whole timelines of traces at revisions, as JSON on standard output. A program of its
// own: the tests build it as the command line is built, which makes replays of every trace cheap.
// usage: digests.js REVISION... < list of trace files

import { readFileSync } from "node:fs";
import { Effect, Either } from "effect";
import { profiles } from "../../../src/device/profile/index.ts";
import { replay } from "../../../src/replay/replay.ts";
import { catalog } from "../../../src/revision/catalog.ts";
import { parseRevision } from "../../../src/revision/revision.ts";
import { timelineDigest } from "../../../src/timeline/digest.ts";
import { parseTrace } from "../../../src/trace/parse.ts";

const revisions = process.argv.slice(2);
const files = readFileSync(0, "utf8").trim().split("\n");
const out: Record<string, string[]> = {};
for (const file of files) {
  const trace = parseTrace(readFileSync(file, "utf8"), file);
  if (Either.isLeft(trace)) throw new Error(trace.left.message);
  // As recorded: the one profile that prices locks has no recordings.
  const profile = trace.right.profile === "rk3588" ? "zero-cost" : trace.right.profile;
  out[file] = revisions.map((name) => {
    const revision = Effect.runSync(parseRevision(name, catalog));
    const result = replay({
      trace: trace.right,
      revision,
      profile: profiles[profile],
      checks: [],
    });
    return `${result.end.kind} ${timelineDigest(result.rec)}`;
  });
}
process.stdout.write(JSON.stringify(out));
