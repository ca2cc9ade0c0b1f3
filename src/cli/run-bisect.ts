// Chooses what kind of bisection the options ask for.

import type { BisectOptions } from "./bisect-options.ts";
import { OptionArgumentError } from "./input-error.ts";

/** Runs and prints; returns the exit code. */
export async function runBisect(o: BisectOptions): Promise<number> {
  refuse(o);
  if (o.git !== null) {
    const { runGitBisect } = await import("./bisect-git.ts");
    return runGitBisect(o, o.git);
  }
  if (o.inside) {
    const { runInsideBisect } = await import("./bisect-inside.ts");
    return runInsideBisect(o);
  }
  const { runSeriesBisect } = await import("./bisect-series.ts");
  return runSeriesBisect(o);
}

/** Options that say nothing to the kind that is asked for. */
function refuse(o: BisectOptions): void {
  const none = (value: unknown): boolean =>
    value === null || value === false || (Array.isArray(value) && value.length === 0);
  const given = (names: Readonly<Record<string, unknown>>): string[] =>
    Object.keys(names).filter((name) => !none(names[name]));
  const ofStack = { series: o.series, good: o.good, bad: o.bad, exhaustive: o.exhaustive };
  const ofGit = {
    revision: o.revision,
    setup: o.setup,
    build: o.build,
    run: o.run,
    "build-reads": o.buildReads,
    cache: o.cache,
    "no-cache": o.noCache,
    timeout: o.timeout,
  };
  const foreign =
    o.git === null
      ? given(ofGit).map((name) => `--${name}: only with --git GOOD..BAD`)
      : given({ ...ofStack, inside: o.inside }).map((name) => `--${name}: not with --git`);
  if (o.cache !== null && o.noCache) foreign.push("--cache: not with --no-cache");
  if (o.inside && o.series !== null) foreign.push("--series: not with --inside");
  if (foreign.length > 0) throw new OptionArgumentError(foreign[0]);
}
