// What gives a behaviour away in a replay, as data: the corpus and the findings judge by it.

/** Kinds of src/diff's typed difference. */
export type DifferenceName =
  "missing" | "extra" | "moved" | "other value" | "other context" | "other error" | "delayed";

/** Longest of something in a timeline, in ns; src/corpus/measures.ts measures it. */
export type MeasureName =
  /** A hard interrupt of the job line. */
  | "job hard interrupt"
  /** The job line's INT_MASK is 0 because of an interrupt. */
  | "job line masked"
  /** From the write of a sync object to the signal of its job's fence. */
  | "completion"
  /** Between two marks of a program that tries to run all the time. */
  | "gap between marks"
  /** The driver's own event gpu_job_irq says that its handler took this long. */
  | "gpu_job_irq";

/** What gives a behaviour away. Everything is against a replay of the driver without it. */
export type Catch =
  /** A typed difference: its section and kind, and what its text says. */
  | {
      readonly by: "difference";
      readonly section: "fences" | "registers";
      readonly kind: DifferenceName;
      readonly of: RegExp;
    }
  /** An entry of the sequence of contexts, work items or request words that only one side has. */
  | {
      readonly by: "sequence";
      readonly aspect: "contexts" | "work items" | "request words";
      readonly kind: "missing" | "extra";
      readonly of: RegExp;
    }
  /** An entry of the timeline, printed as ftrace does, that only one side has. */
  | { readonly by: "event"; readonly kind: "missing" | "extra"; readonly of: RegExp }
  /** The longest is above this many ns, and not above it in the driver without the behaviour. */
  | { readonly by: "measure"; readonly name: MeasureName; readonly above: number }
  /** The longest is this many times that of the driver without the behaviour, or more. */
  | { readonly by: "measure"; readonly name: MeasureName; readonly times: number }
  /** A line in the kernel log that the unchanged driver does not write. */
  | { readonly by: "warning"; readonly of: RegExp }
  /** An invariant of src/check that is violated, by its name. */
  | { readonly by: "check"; readonly name: string }
  /** A call returned, or a state read, something else than the trace expects. */
  | { readonly by: "result"; readonly of: RegExp }
  /** The replay ends in a deadlock report. */
  | { readonly by: "deadlock"; readonly of: RegExp };
