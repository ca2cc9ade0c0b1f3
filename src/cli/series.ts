// `panthor-replay series SERIES TRACE…`: what each patch of a series changes.

import * as Args from "@effect/cli/Args";
import * as Command from "@effect/cli/Command";
import * as Options from "@effect/cli/Options";
import * as Effect from "effect/Effect";
import * as Option from "effect/Option";
import { json, profile, traces } from "./options.ts";

const series = Args.text({ name: "SERIES" }).pipe(
  Args.withDescription("A series, e.g. irq-latency-v3"),
);
const swaps = Options.choice("swaps", ["neighbours", "all", "none"]).pipe(
  Options.withDescription("Which pairs of patches change places"),
  Options.withDefault("neighbours" as const),
);
const prefixes = Options.boolean("prefixes").pipe(
  Options.withDescription("Only the prefixes: leave no patch out, swap none"),
);
const markdown = Options.boolean("markdown").pipe(
  Options.withDescription("Print Markdown instead of text"),
);

export const seriesCommand = Command.make(
  "series",
  { series, traces, profile, prefixes, swaps, json, markdown },
  (o) =>
    Effect.gen(function* () {
      const { runSeries } = yield* Effect.promise(() => import("./run-series.ts"));
      process.exitCode = yield* Effect.tryPromise({
        try: () => runSeries({ ...o, profile: Option.getOrNull(o.profile), variants: !o.prefixes }),
        catch: (error) => error,
      });
    }),
).pipe(Command.withDescription("Tell what each patch of a series changes"));
