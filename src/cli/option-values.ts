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

const msOf = { s: 1000, min: 60_000, h: 3_600_000 } as const;
/** The longest that a timer of Node waits. */
const timeoutMsMax = 2 ** 31 - 1;

/** How long commands of the user's may take, ms: more than any that does not hang. */
const commandMs = 600_000;

/** The time of `--timeout`, ms. Throws `OptionArgumentError`. */
export function timeoutOf(text: string | null): number {
  if (text === null) return commandMs;
  if (text === "none") return Infinity;
  const m = /^(\d{1,9}(?:\.\d{1,3})?)(s|min|h)$/.exec(text);
  const ms = m === null ? 0 : Number(m[1]) * msOf[m[2] as keyof typeof msOf];
  if (ms > 0 && ms <= timeoutMsMax) return ms;
  const expected = "expected a time such as 90s, 10min or 1h, or none";
  throw new OptionArgumentError(`--timeout ${text}: ${expected}`);
}
