// Values of options that are words or numbers, without the command line library.

import { OptionArgumentError } from "./input-error.ts";

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

/** The choice of `--timeline`. Throws `OptionArgumentError`. */
export function timelineOf(text: string): Timeline {
  const choice = timelines.find((t) => t === text);
  if (choice !== undefined) return choice;
  throw new OptionArgumentError(`--timeline ${text}: expected one of ${timelines.join(", ")}`);
}
