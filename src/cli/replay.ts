// `panthor-replay replay TRACE…`: replays, prints a summary, compares with the golden.

import * as Command from "@effect/cli/Command";
import * as Options from "@effect/cli/Options";
import * as Effect from "effect/Effect";
import * as Option from "effect/Option";
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
      const { runMany } = yield* Effect.promise(() => import("./run-many.ts"));
      const code = yield* Effect.tryPromise({
        try: async () =>
          runMany(
            o.traces,
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
      process.exitCode = code;
    }),
).pipe(Command.withDescription("Replay traces and compare with their goldens"));
