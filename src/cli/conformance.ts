// `panthor-replay conformance`: agreement of the model with recordings of the real driver.

import * as Command from "@effect/cli/Command";
import * as Options from "@effect/cli/Options";
import * as Effect from "effect/Effect";
import * as Option from "effect/Option";
import { json } from "./options.ts";

const recordings = Options.text("recordings").pipe(
  Options.withDescription("Folder of a recording set (with index.json)"),
  Options.withDefault("test/fixtures/recordings/linux-7.3"),
);
const traces = Options.text("traces").pipe(
  Options.withDescription("Folder of the traces, matched to recordings by scenario name"),
  Options.withDefault("traces"),
);
const scenario = Options.text("scenario").pipe(
  Options.withDescription("Only scenarios whose name begins with this"),
  Options.optional,
);
const flavour = Options.text("flavour").pipe(
  Options.withDescription("Only this flavour"),
  Options.optional,
);
const revision = Options.text("revision").pipe(
  Options.withDescription("Driver revision instead of the one that each recording was made at"),
  Options.optional,
);

export const conformanceCommand = Command.make(
  "conformance",
  { recordings, traces, scenario, flavour, revision, json },
  (o) =>
    Effect.gen(function* () {
      const { runConformance } = yield* Effect.promise(() => import("./run-conformance.ts"));
      process.exitCode = yield* Effect.tryPromise({
        try: () =>
          runConformance({
            recordings: o.recordings,
            traces: o.traces,
            scenario: Option.getOrNull(o.scenario),
            flavour: Option.getOrNull(o.flavour),
            revision: Option.getOrNull(o.revision),
            json: o.json,
          }),
        catch: (error) => error,
      });
    }),
).pipe(Command.withDescription("Measure agreement with recordings of the real driver"));
