// What an instruction does beyond its encoding, by the physical address of its word: how long the
// work behind a RUN_* takes, and faults. Traces say this; a command stream cannot.

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
  /** The tiler has used up its heap chunk. */
  readonly tilerOom?: boolean;
  /** The progress timer expires; the stream hangs. */
  readonly progressTimeout?: boolean;
}

export class Annotations {
  private readonly byAddress = new Map<number, Annotation>();

  /** Replaces what is known of the instruction at `pa`; null forgets it. */
  set(pa: number, annotation: Annotation | null): void {
    if (annotation === null) this.byAddress.delete(pa);
    else this.byAddress.set(pa, annotation);
  }

  get(pa: number): Annotation | undefined {
    return this.byAddress.get(pa);
  }
}
