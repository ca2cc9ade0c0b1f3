// `panthor-replay findings [ID…]`: every finding about the series, judged on its trace.

import * as Args from "@effect/cli/Args";
import * as Command from "@effect/cli/Command";
import * as Options from "@effect/cli/Options";
import * as Effect from "effect/Effect";
import * as Option from "effect/Option";
import { json } from "./options.ts";

const ids = Args.text({ name: "ID" }).pipe(
  Args.withDescription("Findings (IRQ-10) or catalogues (IRQ); all without"),
  Args.repeated,
);
const series = Options.text("series").pipe(
  Options.withDescription("Only the findings about this series, e.g. irq-latency"),
  Options.optional,
);
const markdown = Options.boolean("markdown").pipe(
  Options.withDescription("Print Markdown instead of text"),
);
const traces = Options.text("traces").pipe(
  Options.withDescription("Folder of the traces"),
  Options.withDefault("traces"),
);

export const findingsCommand = Command.make(
  "findings",
  { ids, series, traces, json, markdown },
  (o) =>
    Effect.gen(function* () {
      const { runFindings } = yield* Effect.promise(() => import("./run-findings.ts"));
      process.exitCode = yield* Effect.tryPromise({
        try: () => runFindings({ ...o, series: Option.getOrNull(o.series) }),
        catch: (error) => error,
      });
    }),
).pipe(Command.withDescription("Check that every finding about the series is caught by its trace"));
