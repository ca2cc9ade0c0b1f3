// Exit codes, safe under `git bisect run`.

export const exitCode = {
  /** The replay agrees with its golden. */
  agrees: 0,
  /** It differs, or a check found something. */
  differs: 1,
  /** The trace cannot be judged at this revision. */
  cannotJudge: 125,
  /** Bad input or usage. */
  badInput: 129,
  /** A defect of the model: unmodelled access, broken invariant. */
  defect: 150,
} as const;

/** The code of several outcomes: the gravest. */
export function gravest(codes: readonly number[]): number {
  return codes.reduce((worst, code) => Math.max(worst, code), exitCode.agrees as number);
}
