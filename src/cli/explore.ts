// `panthor-replay explore TRACE…`: the same trace with the order of simultaneous events drawn.

import * as Command from "@effect/cli/Command";
import * as Options from "@effect/cli/Options";
import * as Effect from "effect/Effect";
import * as Option from "effect/Option";
import { json, profile, revision, traces } from "./options.ts";

const seeds = Options.integer("seeds").pipe(
  Options.withDescription("How many seeds"),
  Options.withDefault(32),
);
const from = Options.integer("from").pipe(
  Options.withDescription("The first seed"),
  Options.withDefault(1),
);
const cpus = Options.integer("cpus").pipe(
  Options.withDescription("CPUs instead of the trace's: more of them race more"),
  Options.optional,
);

export const exploreCommand = Command.make(
  "explore",
  { traces, revision, profile, seeds, from, cpus, json },
  (o) =>
    Effect.gen(function* () {
      const { runExplore } = yield* Effect.promise(() => import("./run-explore.ts"));
      process.exitCode = yield* Effect.try({
        try: () =>
          runExplore({
            ...o,
            revision: Option.getOrNull(o.revision),
            profile: Option.getOrNull(o.profile),
            cpus: Option.getOrNull(o.cpus),
          }),
        catch: (error) => error,
      });
    }),
).pipe(Command.withDescription("Replay with the order of simultaneous events drawn from seeds"));
