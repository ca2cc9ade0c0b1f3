// Sides of comparisons: replays at revisions or with patches on the base driver, and recordings.

import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { replayOperand } from "../../src/cli/side.ts";
import { compareSides, type Comparison } from "../../src/diff/compare.ts";
import { recordingSide, replaySide, type Side } from "../../src/diff/side.ts";
import { recordingOf } from "../../src/recording/recording.ts";
import { type CorpusRun, loadTrace, runCorpus } from "../../src/corpus/run.ts";
import { makeRegisterNames } from "../../src/replay/register-names.ts";
import { regressions } from "../../src/revision/corpus/list.ts";
import { recordEvents } from "../../src/timeline/record-events.ts";

const side = ({ golden, result }: CorpusRun, title: string): Side =>
  replaySide(golden, result.rec, title, result);

/** A trace replayed at a revision. */
export function replayed(trace: string, revision: string): Side {
  const path = `traces/${trace}.yaml`;
  return replayOperand({ argument: path, path, kind: "trace", revision, profile: null }).side;
}

/** The unchanged driver against itself with a bug of the past. */
export function regressed(id: string): Comparison {
  const regression = regressions.find(({ patch }) => patch.id === `corpus/${id}`);
  if (regression === undefined) throw new Error(`no regression ${id}`);
  const trace = loadTrace(`traces/${regression.trace}.yaml`);
  return compareSides(
    side(runCorpus(trace, []), "linux-7.3"),
    side(runCorpus(trace, [regression.patch]), id),
  );
}

const recordings = "test/fixtures/recordings/linux-7.3";

/** A recording of the fixtures, its text changed on the way. */
export function recorded(scenario: string, change: (text: string) => string = (t) => t): Side {
  const file = `${recordings}/${scenario}/trace.txt.gz`;
  const text = gunzipSync(readFileSync(file)).toString("utf8");
  return recordingSideOf(Buffer.from(change(text)), file);
}

export function recordingSideOf(bytes: Uint8Array, file: string): Side {
  const timeline = recordEvents(recordingOf(bytes, file).events());
  return recordingSide(timeline.rec, timeline, makeRegisterNames(), file);
}
