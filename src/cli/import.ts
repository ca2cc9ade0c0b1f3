// `panthor-replay import RECORDING -o TRACE`: a recording as a trace script.

import * as Args from "@effect/cli/Args";
import * as Command from "@effect/cli/Command";
import * as Options from "@effect/cli/Options";
import * as Effect from "effect/Effect";
import * as Option from "effect/Option";
import { revision } from "./options.ts";

const recording = Args.text({ name: "RECORDING" }).pipe(
  Args.withDescription("Recording of any format, compressed or not"),
);
const output = Options.text("output").pipe(
  Options.withAlias("o"),
  Options.withPseudoName("TRACE"),
  Options.withDescription("Trace to write instead of printing it"),
  Options.optional,
);
const force = Options.boolean("force").pipe(
  Options.withDescription("Replace a trace that is there already"),
);

export const importCommand = Command.make("import", { recording, output, force, revision }, (o) =>
  Effect.gen(function* () {
    const { runImport } = yield* Effect.promise(() => import("./run-import.ts"));
    process.exitCode = yield* Effect.tryPromise({
      try: () =>
        runImport({
          recording: o.recording,
          output: Option.getOrNull(o.output),
          force: o.force,
          revision: Option.getOrNull(o.revision),
        }),
      catch: (error) => error,
    });
  }),
).pipe(Command.withDescription("Write a recording as a trace script"));
