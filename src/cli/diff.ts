// `panthor-replay diff A B`: what differs between two goldens, replays or recordings, and why.

import * as Args from "@effect/cli/Args";
import * as Command from "@effect/cli/Command";
import * as Options from "@effect/cli/Options";
import * as Effect from "effect/Effect";
import * as Option from "effect/Option";
import { json, profile, revision } from "./options.ts";

const a = Args.text({ name: "A" }).pipe(
  Args.withDescription("Golden, trace (TRACE@REVISION/PROFILE) or recording"),
);
const b = Args.text({ name: "B" }).pipe(Args.withDescription("The same, compared with A"));
const markdown = Options.boolean("markdown").pipe(
  Options.withDescription("Print Markdown, for comments"),
);
const traces = Options.text("traces").pipe(
  Options.withDescription("Folder of the traces that goldens were made from"),
  Options.withDefault("traces"),
);

export const diffCommand = Command.make(
  "diff",
  { a, b, revision, profile, traces, markdown, json },
  (o) =>
    Effect.gen(function* () {
      const { runDiff } = yield* Effect.promise(() => import("./run-diff.ts"));
      process.exitCode = yield* Effect.tryPromise({
        try: () =>
          runDiff({
            a: o.a,
            b: o.b,
            revision: Option.getOrNull(o.revision),
            profile: Option.getOrNull(o.profile),
            traces: o.traces,
            format: o.json ? "json" : o.markdown ? "markdown" : "text",
          }),
        catch: (error) => error,
      });
    }),
).pipe(Command.withDescription("Compare two goldens, replays or recordings, by meaning"));
