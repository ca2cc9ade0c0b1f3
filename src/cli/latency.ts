// `panthor-replay latency --series SERIES`: how long a fence takes to be signalled, by design.

import * as Args from "@effect/cli/Args";
import * as Command from "@effect/cli/Command";
import * as Options from "@effect/cli/Options";
import * as Effect from "effect/Effect";
import * as Option from "effect/Option";
import { json } from "./options.ts";

const traces = Args.text({ name: "TRACE" }).pipe(
  Args.withDescription("Traces instead of a client that waits for each of its jobs"),
  Args.repeated,
);
const series = Options.text("series").pipe(
  Options.withDescription("The series whose designs are compared"),
  Options.withDefault("irq-latency-v3"),
);
const profile = Options.text("profile").pipe(
  Options.withDescription("Cost profile"),
  Options.withDefault("rk3588"),
);
const jobs = Options.integer("jobs").pipe(
  Options.withDescription("Jobs of the client"),
  Options.withDefault(200),
);
const hogs = Options.integer("hogs").pipe(
  Options.withDescription("Programs that keep the CPU busy in the second measurement; 0: none"),
  Options.withDefault(3),
);
const markdown = Options.boolean("markdown").pipe(
  Options.withDescription("Print Markdown instead of text"),
);
const output = Options.text("output").pipe(
  Options.withAlias("o"),
  Options.withDescription("Write a plot of the distributions (SVG)"),
  Options.optional,
);

export const latencyCommand = Command.make(
  "latency",
  { traces, series, profile, jobs, hogs, json, markdown, output },
  (o) =>
    Effect.gen(function* () {
      const { runLatency } = yield* Effect.promise(() => import("./run-latency.ts"));
      process.exitCode = yield* Effect.tryPromise({
        try: () => runLatency({ ...o, output: Option.getOrNull(o.output) }),
        catch: (error) => error,
      });
    }),
).pipe(Command.withDescription("Compare how soon the designs of a series signal fences"));
