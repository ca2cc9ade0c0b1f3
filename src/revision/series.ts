// Bases and series: what revisions are made of.

import type { KernelVersion } from "../machine/kernel-version.ts";
import type { Patch } from "./patch.ts";

/** A kernel release; `patches` lead from the base driver (7.3) to it, none for 7.3 itself. */
export interface Base {
  readonly id: string;
  readonly title: string;
  readonly patches: readonly Patch[];
  /** The rest of that kernel, where it is not that of 7.3. */
  readonly kernel?: KernelVersion;
}

/** An ordered list of patches on a base. Any prefix of it is a revision. */
export interface Series {
  readonly id: string;
  readonly title: string;
  /** Id of the base it applies to. */
  readonly base: string;
  readonly patches: readonly Patch[];
}

/** Everything that a revision name may refer to. */
export interface Catalog {
  readonly bases: readonly Base[];
  readonly series: readonly Series[];
}

/** The driver as ported. */
export const linux73: Base = { id: "linux-7.3", title: "Linux 7.3", patches: [] };
