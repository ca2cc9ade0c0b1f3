// What an instruction does beyond its encoding, by the physical address of its word: how long the
// work behind a RUN_* takes, and faults. Traces say this; a command stream cannot.

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
  const { runNs, hang, csFault, csFatal, gpuFault, mmuFault, tilerOom, progressTimeout } = a;
  const others = [hang, csFault, csFatal, gpuFault, mmuFault, tilerOom, progressTimeout];
  return runNs !== undefined && others.some((other) => other !== undefined);
}

/** Buckets of the filter, minus 1. */
const filterMask = 1023;

export class Annotations {
  private readonly byAddress = new Map<number, Annotation>();
  /** Whether any address of a bucket ever had an annotation: every instruction asks. */
  private readonly filter = new Uint8Array(filterMask + 1);

  /** Replaces what is known of the instruction at `pa`; null forgets it. */
  set(pa: number, annotation: Annotation | null): void {
    if (annotation === null) this.byAddress.delete(pa);
    else {
      this.byAddress.set(pa, annotation);
      this.filter[(pa / 8) & filterMask] = 1;
    }
  }

  get(pa: number): Annotation | undefined {
    return this.filter[(pa / 8) & filterMask] === 0 ? undefined : this.byAddress.get(pa);
  }
}
