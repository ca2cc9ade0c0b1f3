// `panthor-replay show INPUT`: a timeline, decoded.

import * as Args from "@effect/cli/Args";
import * as Command from "@effect/cli/Command";
import * as Options from "@effect/cli/Options";
import * as Effect from "effect/Effect";
import * as Option from "effect/Option";
import { parseBetween } from "./between.ts";
import { profile, revision } from "./options.ts";

const input = Args.text({ name: "INPUT" }).pipe(
  Args.withDescription("Recording, trace (TRACE@REVISION/PROFILE) or golden"),
);
const flag = (name: string, what: string) =>
  Options.boolean(name).pipe(Options.withDescription(what));
const fences = flag("fences", "List fences and jobs");
const registers = flag("registers", "List register accesses");
const irqs = flag("irqs", "List interrupts");
const contexts = flag("contexts", "List tasks, work items and timers");
const between = Options.text("between").pipe(
  Options.withPseudoName("A B"),
  Options.withDescription("Only between two times from the first event, e.g. 1ms 2.5ms"),
  Options.withDefault("0.."),
);
const fence = Options.text("fence").pipe(
  Options.withPseudoName("context:seqno"),
  Options.withDescription("One fence: its life, and what led to its signal"),
  Options.optional,
);

export const showCommand = Command.make(
  "show",
  { input, fences, registers, irqs, contexts, between, fence, revision, profile },
  (o) =>
    Effect.gen(function* () {
      const { runShow } = yield* Effect.promise(() => import("./run-show.ts"));
      process.exitCode = yield* Effect.tryPromise({
        try: async () => {
          const names = ["fences", "registers", "irqs", "contexts"] as const;
          const selections = names.filter((name) => o[name]);
          return runShow({
            input: o.input,
            revision: Option.getOrNull(o.revision),
            profile: Option.getOrNull(o.profile),
            filter: { selections, ...parseBetween(o.between) },
            fence: Option.getOrNull(o.fence),
          });
        },
        catch: (error) => error,
      });
    }),
).pipe(Command.withDescription("List a timeline, decoded"));
