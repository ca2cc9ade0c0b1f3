// `panthor-replay check`: every trace of the manifest at its revisions and profiles against its
// golden. Never writes.

import * as Command from "@effect/cli/Command";
import * as Options from "@effect/cli/Options";
import * as Effect from "effect/Effect";
import * as Option from "effect/Option";
import { type CheckFormat, checkFormats } from "../report/formats.ts";
import { OptionArgumentError } from "./input-error.ts";
import { goldenRoot, manifest } from "./options.ts";
import { manifestFor } from "./project.ts";

const format = Options.text("format").pipe(
  Options.withPseudoName(checkFormats.join("|")),
  Options.withDescription("How the result is printed"),
  Options.withDefault("text"),
);

const output = Options.text("output").pipe(
  Options.withPseudoName("FORMAT=FILE"),
  Options.withDescription("Also write the result in this format to a file; can be repeated"),
  Options.repeated,
);

/** `FORMAT=FILE`. */
function outputOf(text: string): { readonly format: CheckFormat; readonly file: string } {
  const at = text.indexOf("=");
  const file = text.slice(at + 1);
  if (at > 0 && file !== "") return { format: formatOf(text.slice(0, at), "output"), file };
  throw new OptionArgumentError(`--output ${text}: expected FORMAT=FILE`);
}

function formatOf(text: string, option = "format"): CheckFormat {
  const choice = checkFormats.find((f) => f === text);
  if (choice !== undefined) return choice;
  throw new OptionArgumentError(`--${option} ${text}: expected one of ${checkFormats.join(", ")}`);
}

export const checkCommand = Command.make("check", { manifest, format, output, goldenRoot }, (o) =>
  Effect.gen(function* () {
    const { runCheck } = yield* Effect.promise(() => import("./run-check.ts"));
    process.exitCode = yield* Effect.tryPromise({
      try: async () =>
        runCheck({
          manifest: Option.getOrElse(o.manifest, () => manifestFor(o.goldenRoot)),
          goldenRoot: o.goldenRoot,
          format: formatOf(o.format),
          outputs: o.output.map(outputOf),
        }),
      catch: (error) => error,
    });
  }),
).pipe(Command.withDescription("Replay the manifest's matrix and compare with the goldens"));
