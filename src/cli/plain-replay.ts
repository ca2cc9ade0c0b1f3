// The common forms of `panthor-replay replay`, read without the command line library: loading that
// takes longer than replaying a trace. Whatever is not plain (help, unknown or repeated options,
// bad values, options between traces) is left to the library, which knows what to say.

import { type Timeline, timelines } from "./option-values.ts";

/** Arguments of a plain `replay`. */
export interface PlainReplay {
  readonly traces: readonly string[];
  readonly revision: string | null;
  readonly profile: string | null;
  readonly seed: number | null;
  readonly timeline: Timeline;
  /** null: the project's. */
  readonly goldenRoot: string | null;
  readonly noGolden: boolean;
  readonly accept: boolean;
  readonly json: boolean;
}

const flags = new Set(["--json", "--no-golden", "--accept"]);
const withValue = new Set(["--revision", "--profile", "--seed", "--timeline", "--golden-root"]);

/** Reads the arguments behind the program's name; null where the library is needed. */
export function plainReplay(args: readonly string[]): PlainReplay | null {
  if (args[0] !== "replay") return null;
  const options = new Map<string, string>();
  const traces: string[] = [];
  let tracesEnded = false;
  for (let i = 1; i < args.length; i++) {
    const arg = args[i];
    if (!arg.startsWith("-")) {
      if (tracesEnded || arg === "") return null;
      traces.push(arg);
      continue;
    }
    tracesEnded = traces.length > 0;
    if (options.has(arg)) return null;
    if (flags.has(arg)) options.set(arg, "");
    else if (withValue.has(arg)) {
      const value = args[++i] as string | undefined;
      if (value === undefined || value === "" || value.startsWith("-")) return null;
      options.set(arg, value);
    } else return null;
  }
  const timeline = timelines.find((t) => t === (options.get("--timeline") ?? "none"));
  const seed = options.get("--seed");
  if (traces.length === 0 || timeline === undefined) return null;
  if (seed !== undefined && !/^\d{1,15}$/.test(seed)) return null;
  return {
    traces,
    revision: options.get("--revision") ?? null,
    profile: options.get("--profile") ?? null,
    seed: seed === undefined ? null : Number(seed),
    timeline,
    goldenRoot: options.get("--golden-root") ?? null,
    noGolden: options.has("--no-golden"),
    accept: options.has("--accept"),
    json: options.has("--json"),
  };
}
