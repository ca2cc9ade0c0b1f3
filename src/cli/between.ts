// `--between A B`: two times from the first event. The command line library knows options of one
// value, so the two are joined before it sees them.

import { InputError } from "./input-error.ts";

/** `--between A B` as `--between A..B`; other arguments as they are. */
export function joinBetween(args: readonly string[]): string[] {
  const at = args.indexOf("--between");
  if (at < 0 || at + 2 >= args.length || args[at + 1].includes("..")) return [...args];
  if (!timePattern.test(args[at + 2])) return [...args];
  const [from, to] = args.slice(at + 1, at + 3);
  return [...args.slice(0, at + 1), `${from}..${to}`, ...args.slice(at + 3)];
}

const timePattern = /^(\d+(?:\.\d+)?)(ns|us|ms|s)?$/;
const units: Readonly<Record<string, number>> = { ns: 1, us: 1e3, ms: 1e6, s: 1e9 };

/** Reads `A..B`; a number without a unit is microseconds. Throws `InputError`. */
export function parseBetween(text: string): { readonly from: number; readonly to: number } {
  const [a = "", b = "", ...rest] = text.split("..");
  const time = (part: string, otherwise: number): number => {
    if (part === "") return otherwise;
    const m = timePattern.exec(part);
    if (m === null) {
      throw new InputError(
        `--between ${text}: ${part} is not a time; expected e.g. 350us, 1.2ms or 2s`,
      );
    }
    return Math.round(Number(m[1]) * units[m[2] ?? "us"]);
  };
  const from = time(a, 0);
  const to = time(b, Infinity);
  if (rest.length > 0 || !text.includes("..")) {
    throw new InputError(`--between ${text}: expected two times, e.g. --between 1ms 2.5ms`);
  }
  if (to < from) throw new InputError(`--between ${text}: ends before it begins`);
  return { from, to };
}
