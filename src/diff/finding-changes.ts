// What checks, expectations and the end of a replay say now and did not, and the other way round.

import { without } from "./tally.ts";

export interface FindingChanges {
  readonly added: readonly string[];
  readonly removed: readonly string[];
  /** The same expectation, missed in both: `line 5: group_kick: return value is 0, was -22`. */
  readonly changed: readonly string[];
}

const expectation = /^(line \d+: .* is )(.+)(, expected .+)$/;

/** How a replay ended comes first: what is after that was not reached. */
export const isEnd = (text: string): boolean => !/^(line \d+|check [\w-]+): /.test(text);
const endsFirst = (texts: readonly string[]): string[] => [
  ...texts.filter(isEnd),
  ...texts.filter((text) => !isEnd(text)),
];

/** Where in a timeline a check failed: another entry for the same thing is no other finding. */
const withoutPlace = (text: string): string => text.replace(/ \(entry \d+, [\d.]+ us, .*\)$/, "");

export function findingChanges(
  before: readonly string[],
  after: readonly string[],
): FindingChanges {
  const [was, is] = [before.map(withoutPlace), after.map(withoutPlace)];
  const added = without(is, was);
  const removed = without(was, is);
  const changed: string[] = [];
  const paired = new Set<string>();
  for (const now of added) {
    const [, what, value, expected] = expectation.exec(now) ?? [];
    if (what === undefined) continue;
    const then = removed.find((f) => {
      const match = expectation.exec(f);
      return match !== null && match[1] === what && match[3] === expected && !paired.has(f);
    });
    if (then === undefined) continue;
    paired.add(now).add(then);
    changed.push(`${what}${value}, was ${expectation.exec(then)![2]}`);
  }
  const rest = (texts: readonly string[]): string[] =>
    endsFirst(texts.filter((text) => !paired.has(text)));
  return { added: rest(added), removed: rest(removed), changed };
}
