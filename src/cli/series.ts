// `panthor-replay series SERIES TRACE…`: what each patch of a series changes.

import * as Args from "@effect/cli/Args";
import * as Command from "@effect/cli/Command";
import * as Effect from "effect/Effect";
import * as Option from "effect/Option";
import { json, profile, traces } from "./options.ts";

const series = Args.text({ name: "SERIES" }).pipe(
  Args.withDescription("A series, e.g. irq-latency-v3"),
);

export const seriesCommand = Command.make("series", { series, traces, profile, json }, (o) =>
  Effect.gen(function* () {
    const { runSeries } = yield* Effect.promise(() => import("./run-series.ts"));
    process.exitCode = yield* Effect.tryPromise({
      try: async () =>
        runSeries({
          series: o.series,
          traces: o.traces,
          profile: Option.getOrNull(o.profile),
          json: o.json,
        }),
      catch: (error) => error,
    });
  }),
).pipe(Command.withDescription("Tell what each patch of a series changes"));
