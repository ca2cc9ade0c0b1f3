// `panthor-replay bisect TRACE`: the patch of a series, the commit of a history, or the event of a
// trace that changes the timeline or makes a predicate true.

import * as Args from "@effect/cli/Args";
import * as Command from "@effect/cli/Command";
import * as Options from "@effect/cli/Options";
import * as Effect from "effect/Effect";
import * as Option from "effect/Option";
import { goldenRoot, json, profile } from "./options.ts";

const trace = Args.text({ name: "TRACE" }).pipe(Args.withDescription("A trace file"));
const text = (name: string, description: string) =>
  Options.text(name).pipe(Options.withDescription(description), Options.optional);
const flag = (name: string, description: string) =>
  Options.boolean(name).pipe(Options.withDescription(description));

const options = {
  series: text("series", "Search this series from its base to its last patch"),
  good: text("good", "Where it is good: SERIES@N or the series' base"),
  bad: text("bad", "Where it is bad: SERIES@N or SERIES"),
  predicate: text(
    "predicate",
    'What to look for, such as "fence any later than 30us after gpu done" or "warning TEXT"; ' +
      "any change of the timeline without it",
  ),
  fenceLater: text("fence-later", "Find what signals a fence later by more than this, ns"),
  warning: text("warning", "Find what brings this text into the kernel log"),
  golden: flag("golden", "Find what disagrees with the golden of the good end"),
  goldenRoot,
  profile,
  revision: text("revision", "With --git: driver revision instead of the trace's"),
  jobs: text("jobs", "Replays (with --git, commits) at the same time"),
  exhaustive: flag("exhaustive", "Replay every prefix, to see whether good turns bad only once"),
  inside: flag("inside", "Find the first event of the trace at which --good and --bad part"),
  git: text("git", "Search this range of commits, GOOD..BAD"),
  repo: Options.text("repo").pipe(
    Options.withDescription("Repository of --git"),
    Options.withDefault("."),
  ),
  setup: text("setup", "With --git: installs what a commit needs (npm ci); done once a lock file"),
  build: text("build", "With --git: builds a commit (npm run build)"),
  run: text("run", "With --git: judges a commit by its exit code (a replay, without it)"),
  buildReads: Options.text("build-reads").pipe(
    Options.withPseudoName("pathspec"),
    Options.withDescription("With --git: what a build reads (all but *.md, *.rst, *.adoc)"),
    Options.repeated,
  ),
  cache: text("cache", "With --git: folder of installations and builds (~/.cache/panthor-replay)"),
  noCache: flag("no-cache", "With --git: keep no installation and no build for the next time"),
  timeout: text("timeout", "With --git: how long each of these may take (10min), or none"),
  json,
};

export const bisectCommand = Command.make("bisect", { trace, ...options }, (o) =>
  Effect.gen(function* () {
    const { runBisect } = yield* Effect.promise(() => import("./run-bisect.ts"));
    process.exitCode = yield* Effect.tryPromise({
      try: async () =>
        runBisect({
          ...o,
          series: Option.getOrNull(o.series),
          good: Option.getOrNull(o.good),
          bad: Option.getOrNull(o.bad),
          predicate: Option.getOrNull(o.predicate),
          fenceLater: Option.getOrNull(o.fenceLater),
          warning: Option.getOrNull(o.warning),
          profile: Option.getOrNull(o.profile),
          revision: Option.getOrNull(o.revision),
          jobs: Option.getOrNull(o.jobs),
          git: Option.getOrNull(o.git),
          setup: Option.getOrNull(o.setup),
          build: Option.getOrNull(o.build),
          run: Option.getOrNull(o.run),
          cache: Option.getOrNull(o.cache),
          timeout: Option.getOrNull(o.timeout),
        }),
      catch: (error) => error,
    });
  }),
).pipe(Command.withDescription("Find the patch, commit or event that changes a trace's timeline"));
