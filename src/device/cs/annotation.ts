// What an instruction does beyond its encoding, by the physical address of its word: how long the
// work behind a RUN_* takes, and faults. Traces say this; a command stream cannot.

import { pageSize } from "../../machine/memory/physical-memory.ts";
import type { FaultAccess } from "../mmu/walk.ts";

/** A CS_FAULT or CS_FATAL. */
export interface Exception {
  /** EXCEPTION_TYPE, e.g. 0x40 (CS_CONFIG_FAULT). */
  readonly type: number;
  readonly data?: number;
  /** FAULT_INFO or FATAL_INFO. */
  readonly info?: number;
}

/** With `runNs` and something else: the work runs, and then the rest happens. */
export interface Annotation {
  readonly runNs?: number;
  /** The stream holds until the work is done, or goes on; the profile decides when not given. */
  readonly blocks?: boolean;
  /** The work never ends. */
  readonly hang?: boolean;
  readonly csFault?: Exception;
  readonly csFatal?: Exception;
  /** GPU_FAULT_STATUS and interrupt; the stream goes on. */
  readonly gpuFault?: { readonly status: number; readonly address?: number };
  /** An access of the stream faults: EXCEPTION_TYPE, access type and address. */
  readonly mmuFault?: {
    readonly exception: number;
    readonly access: FaultAccess;
    readonly address: number;
  };
  /** The tiler has used up its heap chunk. */
  readonly tilerOom?: boolean;
  /** The progress timer expires; the stream hangs. */
  readonly progressTimeout?: boolean;
}

/** Work at whose end something else happens. */
export function runAfflicted(a: Annotation): boolean {
  if (a.runNs === undefined) return false;
  if (a.hang !== undefined || a.csFault !== undefined || a.csFatal !== undefined) return true;
  if (a.gpuFault !== undefined || a.mmuFault !== undefined) return true;
  return a.tilerOom !== undefined || a.progressTimeout !== undefined;
}

/** Buckets of the filters, minus 1. */
const filterMask = 1023;
const bucketOf = (pa: number): number => (pa / 8) & filterMask;
const pageBucketOf = (pa: number): number => (pa / pageSize) & filterMask;

export class Annotations {
  private readonly byAddress = new Map<number, Annotation>();
  /** Whether any address of a bucket ever had an annotation. */
  private readonly filter = new Uint8Array(filterMask + 1);
  /** The same of pages. */
  private readonly pageFilter = new Uint8Array(filterMask + 1);

  /** Replaces what is known of the instruction at `pa`; null forgets it. */
  set(pa: number, annotation: Annotation | null): void {
    if (annotation === null) this.byAddress.delete(pa);
    else {
      this.byAddress.set(pa, annotation);
      this.filter[bucketOf(pa)] = 1;
      this.pageFilter[pageBucketOf(pa)] = 1;
    }
  }

  /** False if no instruction of the page of `pa` has an annotation. */
  concernsPage(pa: number): boolean {
    return this.pageFilter[pageBucketOf(pa)] !== 0;
  }

  get(pa: number): Annotation | undefined {
    return this.filter[bucketOf(pa)] === 0 ? undefined : this.byAddress.get(pa);
  }
}
