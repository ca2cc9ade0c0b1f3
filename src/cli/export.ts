// `panthor-replay export INPUT --to FORMAT`: a timeline for other tools.

import * as Args from "@effect/cli/Args";
import * as Command from "@effect/cli/Command";
import * as Options from "@effect/cli/Options";
import * as Effect from "effect/Effect";
import * as Option from "effect/Option";
import { profile, revision } from "./options.ts";

const input = Args.text({ name: "INPUT" }).pipe(
  Args.withDescription("Trace (TRACE@REVISION/PROFILE), recording or golden"),
);
const to = Options.text("to").pipe(
  Options.withPseudoName("perfetto|chrome|vcd|csv|jsonl"),
  Options.withDescription("Format"),
);
const output = Options.text("output").pipe(
  Options.withAlias("o"),
  Options.withPseudoName("file"),
  Options.withDescription("File to write instead of standard output"),
  Options.optional,
);

export const exportCommand = Command.make("export", { input, to, output, revision, profile }, (o) =>
  Effect.gen(function* () {
    const { runExport } = yield* Effect.promise(() => import("./run-export.ts"));
    process.exitCode = yield* Effect.tryPromise({
      try: () =>
        runExport({
          input: o.input,
          to: o.to,
          output: Option.getOrNull(o.output),
          revision: Option.getOrNull(o.revision),
          profile: Option.getOrNull(o.profile),
        }),
      catch: (error) => error,
    });
  }),
).pipe(Command.withDescription("Write a timeline for Perfetto, waveform viewers or tables"));
