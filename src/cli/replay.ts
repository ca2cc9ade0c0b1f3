// `panthor-replay replay TRACE…`: replays, prints a summary, compares with the golden. Recordings
// are replayed from themselves and compared with themselves.

import * as Command from "@effect/cli/Command";
import * as Options from "@effect/cli/Options";
import * as Effect from "effect/Effect";
import * as Option from "effect/Option";
import { gravest } from "./exit-codes.ts";
import { isRecording } from "./recognise.ts";
import { goldenRoot, json, profile, revision, seed, seedOf } from "./options.ts";
import { timeline, timelineOf, traces } from "./options.ts";

const noGolden = Options.boolean("no-golden").pipe(
  Options.withDescription("Do not compare with the golden"),
);
const accept = Options.boolean("accept").pipe(
  Options.withDescription("Write the golden after showing the difference"),
);

export const replayCommand = Command.make(
  "replay",
  { traces, revision, profile, seed, json, timeline, noGolden, accept, goldenRoot },
  (o) =>
    Effect.gen(function* () {
      const recordings = o.traces.filter(isRecording);
      if (recordings.length > 0) {
        const { refuseForRecordings, runReplayRecordings } = yield* Effect.promise(
          () => import("./run-replay-recording.ts"),
        );
        process.exitCode = yield* Effect.tryPromise({
          try: async () => {
            refuseForRecordings(recordings[0], {
              profile: Option.isSome(o.profile),
              seed: Option.isSome(o.seed),
              timeline: o.timeline !== "none",
              accept: o.accept,
            });
            const revisionName = Option.getOrNull(o.revision);
            return runReplayRecordings(recordings, { revision: revisionName, json: o.json });
          },
          catch: (error) => error,
        });
        if (recordings.length === o.traces.length) return;
      }
      const { runMany } = yield* Effect.promise(() => import("./run-many.ts"));
      const code = yield* Effect.tryPromise({
        try: async () =>
          runMany(
            o.traces.filter((path) => !recordings.includes(path)),
            {
              revision: Option.getOrNull(o.revision),
              profile: Option.getOrNull(o.profile),
              seed: seedOf(Option.getOrNull(o.seed)),
              golden: o.accept ? "accept" : o.noGolden ? "skip" : "check",
              goldenRoot: o.goldenRoot,
              timeline: timelineOf(o.timeline),
            },
            o.json,
          ),
        catch: (error) => error,
      });
      process.exitCode = gravest([Number(process.exitCode ?? 0), code]);
    }),
).pipe(
  Command.withDescription(
    "Replay traces and compare with their goldens, or recordings and compare with themselves",
  ),
);
