// The command line. Commands are light here; what they run is loaded when it runs, so that
// `--help` and a single replay start fast.

import * as Command from "@effect/cli/Command";
import * as CliConfig from "@effect/cli/CliConfig";
import * as ValidationError from "@effect/cli/ValidationError";
import * as NodeContext from "@effect/platform-node/NodeContext";
import * as Cause from "effect/Cause";
import * as Effect from "effect/Effect";
import * as Exit from "effect/Exit";
import * as Layer from "effect/Layer";
import { acceptCommand } from "./accept.ts";
import { joinBetween } from "./between.ts";
import { bisectCommand } from "./bisect.ts";
import { checkCommand } from "./check.ts";
import { conformanceCommand } from "./conformance.ts";
import { corpusCommand } from "./corpus.ts";
import { diffCommand } from "./diff.ts";
import { exitCode } from "./exit-codes.ts";
import { exploreCommand } from "./explore.ts";
import { findingsCommand } from "./findings.ts";
import { exportCommand } from "./export.ts";
import { isInputError } from "./input-error.ts";
import { importCommand } from "./import.ts";
import { ignoreClosedPipes, plainConsole } from "./output.ts";
import { reduceCommand } from "./reduce.ts";
import { latencyCommand } from "./latency.ts";
import { replayCommand } from "./replay.ts";
import { reviewCommand } from "./review.ts";
import { seriesCommand } from "./series.ts";
import { showCommand } from "./show.ts";

ignoreClosedPipes();

const root = Command.make("panthor-replay").pipe(
  Command.withDescription(
    "Record/replay regression harness for the Linux panthor driver. " +
      "Every command also takes --config FILE (docs/gate.md)",
  ),
  Command.withSubcommands([
    replayCommand,
    acceptCommand,
    checkCommand,
    reviewCommand,
    seriesCommand,
    bisectCommand,
    reduceCommand,
    conformanceCommand,
    corpusCommand,
    exploreCommand,
    diffCommand,
    showCommand,
    importCommand,
    exportCommand,
    findingsCommand,
    latencyCommand,
  ]),
);

const program = Command.run(root, { name: "panthor-replay", version: "0.1.0" })(
  joinBetween(process.argv),
).pipe(
  Effect.provide(Layer.merge(NodeContext.layer, CliConfig.layer({ showBuiltIns: false }))),
  Effect.withConsole(plainConsole()),
);

const exit = await Effect.runPromiseExit(program);
if (Exit.isFailure(exit)) {
  const error = Cause.squash(exit.cause);
  // The command line library has printed what is wrong with the arguments already.
  if (ValidationError.isValidationError(error)) process.exitCode = exitCode.badInput;
  else {
    process.stderr.write(`panthor-replay: ${(error as Error).message ?? String(error)}\n`);
    process.exitCode = isInputError(error) ? exitCode.badInput : exitCode.defect;
  }
}
