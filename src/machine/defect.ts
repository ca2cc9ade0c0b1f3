// Something the model does not cover, or a broken invariant of it: ours to fix, never a finding
// about the driver under test.

export class Defect extends Error {
  override readonly name = "Defect";

  /**
   * `where` locates it (a register, a function, a field), `what` says what happened there, e.g.
   * `new Defect("mmio 0x1234", "read of an unmodelled register")`.
   */
  constructor(
    readonly where: string,
    readonly what: string,
  ) {
    super(`${where}: ${what}`);
  }
}

/** Throws a `Defect` unless `condition` holds. */
export function invariant(condition: boolean, where: string, what: string): asserts condition {
  if (!condition) throw new Defect(where, what);
}
