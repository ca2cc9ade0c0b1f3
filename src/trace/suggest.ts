// "Did you mean": the candidate at the smallest edit distance, if it is near enough.

const lengthMax = 64;

/** The candidate nearest to `name`, undefined when none is near. */
export function nearest(name: string, candidates: readonly string[]): string | undefined {
  if (name.length === 0 || name.length > lengthMax) return undefined;
  const limit = Math.max(1, Math.floor(name.length / 3));
  let best: string | undefined;
  let bestDistance = limit + 1;
  for (const candidate of candidates) {
    if (candidate === name || Math.abs(candidate.length - name.length) >= bestDistance) continue;
    const d = editDistance(name.toLowerCase(), candidate.toLowerCase());
    if (d < bestDistance) {
      best = candidate;
      bestDistance = d;
    }
  }
  return best;
}

/** Insertions, deletions, substitutions and swaps of neighbours that turn `a` into `b`. */
export function editDistance(a: string, b: string): number {
  let before: number[] = [];
  let previous = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1;
      row[j] = Math.min(previous[j] + 1, row[j - 1] + 1, previous[j - 1] + same);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        row[j] = Math.min(row[j], before[j - 2] + 1);
      }
    }
    before = previous;
    previous = row;
  }
  return previous[b.length];
}

/** Candidates in order of their distance from `name`, nearest first. */
export function byDistance(name: string, candidates: readonly string[]): string[] {
  if (name.length > lengthMax) return [...candidates];
  const lower = name.toLowerCase();
  return candidates
    .map((candidate) => ({ candidate, distance: editDistance(lower, candidate.toLowerCase()) }))
    .sort((a, b) => a.distance - b.distance)
    .map((c) => c.candidate);
}

const shownMax = 12;

/** `known are a, b, c`; of many names those that are nearest. */
export function knownNames(name: string, candidates: readonly string[]): string {
  if (candidates.length <= shownMax) return `known are ${candidates.join(", ")}`;
  const near = byDistance(name, candidates).slice(0, shownMax);
  return `nearest of ${candidates.length} are ${near.join(", ")}`;
}
