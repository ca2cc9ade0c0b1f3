// `panthor-replay review`: the pending differences of the manifest one by one, to accept, reject or
// skip. Answers come from the terminal, or as lines on standard input.

import * as Command from "@effect/cli/Command";
import * as Effect from "effect/Effect";
import * as Option from "effect/Option";
import { goldenRoot, manifest } from "./options.ts";
import { manifestFor } from "./project.ts";

export const reviewCommand = Command.make("review", { manifest, goldenRoot }, (o) =>
  Effect.gen(function* () {
    const { runReview } = yield* Effect.promise(() => import("./run-review.ts"));
    process.exitCode = yield* Effect.tryPromise({
      try: () =>
        runReview({
          manifest: Option.getOrElse(o.manifest, () => manifestFor(o.goldenRoot)),
          goldenRoot: o.goldenRoot,
          input: process.stdin,
          output: process.stdout,
        }),
      catch: (error) => error,
    });
  }),
).pipe(Command.withDescription("Walk through pending differences: accept, reject or skip each"));
