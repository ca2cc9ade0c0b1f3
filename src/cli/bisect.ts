// `panthor-replay bisect TRACE --series NAME`: the patch that changes the timeline.

import * as Args from "@effect/cli/Args";
import * as Command from "@effect/cli/Command";
import * as Options from "@effect/cli/Options";
import * as Effect from "effect/Effect";
import * as Option from "effect/Option";
import { goldenRoot, json, profile } from "./options.ts";

const trace = Args.text({ name: "TRACE" }).pipe(Args.withDescription("A trace file"));
const text = (name: string, description: string) =>
  Options.text(name).pipe(Options.withDescription(description), Options.optional);

const series = text("series", "Search this series from its base to its last patch");
const good = text("good", "Where it is good: SERIES@N or the series' base");
const bad = text("bad", "Where it is bad: SERIES@N or SERIES");
const fenceLater = text("fence-later", "Find what signals a fence later by more than this, ns");
const warning = text("warning", "Find what brings this text into the log or the findings");
const golden = Options.boolean("golden").pipe(
  Options.withDescription("Find what disagrees with the golden of the good end"),
);

export const bisectCommand = Command.make(
  "bisect",
  { trace, series, good, bad, fenceLater, warning, golden, goldenRoot, profile, json },
  (o) =>
    Effect.gen(function* () {
      const { runBisect } = yield* Effect.promise(() => import("./run-bisect.ts"));
      process.exitCode = yield* Effect.tryPromise({
        try: async () =>
          runBisect({
            trace: o.trace,
            series: Option.getOrNull(o.series),
            good: Option.getOrNull(o.good),
            bad: Option.getOrNull(o.bad),
            fenceLater: Option.getOrNull(o.fenceLater),
            warning: Option.getOrNull(o.warning),
            golden: o.golden,
            goldenRoot: o.goldenRoot,
            profile: Option.getOrNull(o.profile),
            json: o.json,
          }),
        catch: (error) => error,
      });
    }),
).pipe(Command.withDescription("Find the patch of a series that changes a trace's timeline"));
