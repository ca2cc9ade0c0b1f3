// Options that commands share.

import * as Args from "@effect/cli/Args";
import * as Options from "@effect/cli/Options";
import { OptionArgumentError } from "./input-error.ts";

export const traces = Args.text({ name: "TRACE" }).pipe(
  Args.withDescription("Trace files or folders of them"),
  Args.atLeast(1),
);

export const revision = Options.text("revision").pipe(
  Options.withDescription("Driver revision instead of the trace's, e.g. linux-7.3"),
  Options.optional,
);

export const profile = Options.text("profile").pipe(
  Options.withDescription("Cost profile instead of the trace's: zero-cost, rk3588, …"),
  Options.optional,
);

// Read as text: the command line library's own message does not name the option.
export const seed = Options.text("seed").pipe(
  Options.withPseudoName("integer"),
  Options.withDescription("Seed instead of the trace's"),
  Options.optional,
);

export const json = Options.boolean("json").pipe(
  Options.withDescription("Print JSON instead of text"),
);

export const goldenRoot = Options.text("golden-root").pipe(
  Options.withDescription("Folder of the golden files"),
  Options.withDefault("golden"),
);

/** The number of `--seed`. Throws `OptionArgumentError`. */
export function seedOf(text: string | null): number | null {
  if (text === null) return null;
  const n = Number(text);
  if (!/^\d{1,16}$/.test(text) || !Number.isSafeInteger(n)) {
    throw new OptionArgumentError(`--seed ${text}: expected a whole number from 0`);
  }
  return n;
}

export const timelines = ["none", "fences", "registers", "all"] as const;
export type Timeline = (typeof timelines)[number];

export const timeline = Options.text("timeline").pipe(
  Options.withPseudoName(timelines.join("|")),
  Options.withDescription("Print this timeline after the summary"),
  Options.withDefault("none"),
);

/** The choice of `--timeline`. Throws `OptionArgumentError`. */
export function timelineOf(text: string): Timeline {
  const choice = timelines.find((t) => t === text);
  if (choice !== undefined) return choice;
  throw new OptionArgumentError(`--timeline ${text}: expected one of ${timelines.join(", ")}`);
}
