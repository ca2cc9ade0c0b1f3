// A patch of a series: what it is called, where it comes from, and the operations it replaces.
// Written so that a reader of the mailing-list patch recognises it in the file.

import type { Driver, DriverUnits, Overlay, PartialUnits, UnitName } from "../driver/driver.ts";

/** One patch: `base + patches[0..n]` makes a revision. */
export interface Patch {
  /** `<series>/<nn>`, e.g. `irq-latency/06`. */
  readonly id: string;
  /** Subject line, without the prefix. */
  readonly title: string;
  /** Commit, or message id of the mail. */
  readonly source: string;
  /** What an observer sees change. */
  readonly observable?: string;
  /** Ids of patches below, in the series or its base, that it cannot do without. */
  readonly needs?: readonly string[];
  readonly overlay: Overlay;
}

/** Defines a patch. */
export const patch = (definition: Patch): Patch => definition;

/** Anything of the shape of a driver: the constraint must not narrow what T is inferred as. */
export type Units = { readonly [unit: string]: object };

/** Maps every unit or operation that the driver does not have to `never`. */
export type Exact<T> = {
  readonly [U in keyof T]: U extends UnitName
    ? {
        readonly [K in keyof T[U]]: K extends keyof DriverUnits[U] ? DriverUnits[U][K] : never;
      }
    : never;
};

/**
 * The operations that a patch replaces. `final()` is the finished driver, `prev` the one below.
 * A misspelled unit or operation, or another signature, does not compile.
 */
export const overlay =
  <const T extends Units>(
    operations: (final: () => Driver, prev: Driver) => T & Exact<T> & PartialUnits,
  ): Overlay =>
  (final, prev) =>
    operations(final, prev);
