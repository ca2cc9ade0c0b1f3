// Which revision a recording of `linux-6.12` or `atomic-pt` was made at.

/** What a recording set says of a recording. */
export interface Recorded {
  readonly kernel: string;
  /** Variant of the driver, "" for the kernel's own. */
  readonly state: string;
}

/** Revision of a recording; null for another set's. */
export function recordedStates({ kernel, state }: Recorded): string | null {
  if (state === "7.3") return "linux-7.3";
  if (!kernel.startsWith("6.12")) return null;
  switch (state) {
    case "":
      return "linux-6.12";
    // Built so that automatic variables are zero.
    case "v3":
    case "v3-uninitialised":
      return "linux-6.12-atomic-pt-v3";
    case "v3-pattern":
      return "linux-6.12-atomic-pt-v3-pattern";
    default:
      return null;
  }
}
