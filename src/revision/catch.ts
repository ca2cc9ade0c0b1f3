// What gives a behaviour away in a replay, as data: the corpus and the findings judge by it.

/** Kinds of src/diff's typed difference. */
export type DifferenceName =
  "missing" | "extra" | "moved" | "other value" | "other context" | "other error" | "delayed";

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
  /** A line in the kernel log that the unchanged driver does not write. */
  | { readonly by: "warning"; readonly of: RegExp }
  /** An invariant of src/check that is violated, by its name. */
  | { readonly by: "check"; readonly name: string }
  /** A call returned, or a state read, something else than the trace expects. */
  | { readonly by: "result"; readonly of: RegExp }
  /** The replay ends in a deadlock report. */
  | { readonly by: "deadlock"; readonly of: RegExp };
