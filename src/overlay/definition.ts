// What an overlay module of another repository defines: patches, series of them, bases. Plain data
// and functions, so that a module may come with another copy of this package than the one that
// runs it; src/cli/overlay-modules.ts makes revisions of it.

import type { Driver, PartialUnits } from "../driver/driver.ts";
import type { Exact, Units } from "../revision/patch.ts";

/** One patch of the driver. */
export interface PatchDefinition {
  /** Unique in its series, e.g. `my-series/01`. */
  readonly id: string;
  /** Subject line, without the prefix. */
  readonly title: string;
  /** Commit, or message id of the mail. */
  readonly source?: string;
  /** What an observer sees change. */
  readonly observable?: string;
  /**
   * The operations that the patch replaces, by unit. `final()` is the finished driver, `prev` the
   * one below this patch.
   */
  readonly operations: (final: () => Driver, prev: Driver) => PartialUnits;
}

/** An ordered list of patches on a base; any prefix of it (`id@N`) is a revision. */
export interface SeriesDefinition {
  readonly id: string;
  readonly title: string;
  /** Id of the base that it applies to, `linux-7.3` where it is left out. */
  readonly base?: string;
  readonly patches: readonly PatchDefinition[];
}

/** A state of the driver that series apply to; its patches lead to it from Linux 7.3. */
export interface BaseDefinition {
  readonly id: string;
  readonly title: string;
  readonly patches: readonly PatchDefinition[];
}

/** What an overlay module exports, by name or as its default. */
export interface OverlayModule {
  readonly series?: readonly SeriesDefinition[];
  readonly bases?: readonly BaseDefinition[];
}

/** Defines a patch. A misspelled unit or operation, or another signature, does not compile. */
export const patch = <const T extends Units>(
  definition: Omit<PatchDefinition, "operations"> & {
    readonly operations: (final: () => Driver, prev: Driver) => T & Exact<T> & PartialUnits;
  },
): PatchDefinition => definition;

/** Defines a series. */
export const series = (definition: SeriesDefinition): SeriesDefinition => definition;

/** Defines a base. */
export const base = (definition: BaseDefinition): BaseDefinition => definition;
