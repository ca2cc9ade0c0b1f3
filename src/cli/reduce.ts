// `panthor-replay reduce TRACE --predicate …`: the smallest trace that still shows something.

import * as Args from "@effect/cli/Args";
import * as Command from "@effect/cli/Command";
import * as Options from "@effect/cli/Options";
import * as Effect from "effect/Effect";
import * as Option from "effect/Option";
import { goldenRoot, json, profile } from "./options.ts";

const trace = Args.text({ name: "TRACE" }).pipe(Args.withDescription("A trace file"));
const text = (name: string, description: string) =>
  Options.text(name).pipe(Options.withDescription(description), Options.optional);

const options = {
  predicate: text(
    "predicate",
    'What must hold, as in bisect: "warning TEXT", "check NAME", "vm_bind returns -ENOMEM"; ' +
      "any difference from --good without it",
  ),
  revision: text("revision", "The revision that shows it, instead of the trace's"),
  good: text("good", "A revision that must not show it"),
  run: text("run", "Judge by this shell command instead: {} is the trace, exit 0 means it holds"),
  timeout: text("timeout", "With --run: how long the command may take (10min), or none"),
  jobs: text("jobs", "Candidates judged at the same time"),
  output: text("output", "Write the trace here instead of to the standard output"),
  state: text("state", "Keep what was judged here and go on from it (FILE.state with --output)"),
  goldenRoot,
  profile,
  json,
};

export const reduceCommand = Command.make("reduce", { trace, ...options }, (o) =>
  Effect.gen(function* () {
    const { runReduce } = yield* Effect.promise(() => import("./run-reduce.ts"));
    process.exitCode = yield* Effect.tryPromise({
      try: async () =>
        runReduce({
          ...o,
          predicate: Option.getOrNull(o.predicate),
          revision: Option.getOrNull(o.revision),
          good: Option.getOrNull(o.good),
          run: Option.getOrNull(o.run),
          timeout: Option.getOrNull(o.timeout),
          jobs: Option.getOrNull(o.jobs),
          output: Option.getOrNull(o.output),
          state: Option.getOrNull(o.state),
          profile: Option.getOrNull(o.profile),
        }),
      catch: (error) => error,
    });
  }),
).pipe(Command.withDescription("Make a trace as small as it can be while something holds of it"));
