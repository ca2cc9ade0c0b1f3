// `panthor-replay accept TRACE…`: writes goldens after showing what changes. Never in CI.

import * as Command from "@effect/cli/Command";
import * as Effect from "effect/Effect";
import * as Option from "effect/Option";
import { goldenRoot, json, profile, revision, traces } from "./options.ts";

export const acceptCommand = Command.make(
  "accept",
  { traces, revision, profile, json, goldenRoot },
  (o) =>
    Effect.gen(function* () {
      const { runMany } = yield* Effect.promise(() => import("./run-many.ts"));
      const code = yield* Effect.tryPromise({
        try: () =>
          runMany(
            o.traces,
            {
              revision: Option.getOrNull(o.revision),
              profile: Option.getOrNull(o.profile),
              seed: null,
              golden: "accept",
              goldenRoot: o.goldenRoot,
              timeline: "none",
            },
            o.json,
          ),
        catch: (error) => error,
      });
      process.exitCode = code;
    }),
).pipe(Command.withDescription("Write goldens after showing the typed difference"));
