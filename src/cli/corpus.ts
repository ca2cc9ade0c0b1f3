// `panthor-replay corpus`: is each regression of the past caught, and no refactor mistaken for one?

import * as Command from "@effect/cli/Command";
import * as Options from "@effect/cli/Options";
import * as Effect from "effect/Effect";
import * as Option from "effect/Option";
import { json } from "./options.ts";

const traces = Options.text("traces").pipe(
  Options.withDescription("Folder of the traces"),
  Options.withDefault("traces"),
);
const only = Options.text("only").pipe(
  Options.withDescription("Only what has this in its name"),
  Options.optional,
);

export const corpusCommand = Command.make("corpus", { traces, only, json }, (o) =>
  Effect.gen(function* () {
    const { runCorpus } = yield* Effect.promise(() => import("./run-corpus.ts"));
    process.exitCode = yield* Effect.tryPromise({
      try: () => runCorpus({ traces: o.traces, only: Option.getOrNull(o.only), json: o.json }),
      catch: (error) => error,
    });
  }),
).pipe(Command.withDescription("Check that known regressions are caught and refactors are not"));
