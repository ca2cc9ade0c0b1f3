// What a recording does not say: counted, with what that costs. Printed with every result, so that
// nobody takes a guess for a fact.

export interface Note {
  readonly what: string;
  count: number;
  /** Taken for something that fits, or left out. */
  readonly how: "guessed" | "not recovered";
  readonly costs: string;
}

/** What it costs that something is not known. */
const costs: Readonly<Record<string, string>> = {
  "sync objects of waits that found their point signalled":
    "a wait may name another sync object; it returns at once all the same",
  "dependencies on fences of unknown origin": "the replay does not wait there",
  "waits for points that had been signalled": "they delay nothing; no fence shows them",
  "sync objects of calls that failed": "the call fails before it uses them",
};

export class Notes {
  private readonly notes = new Map<string, Note>();

  guess(what: string, count = 1, cost = costs[what] ?? ""): void {
    this.add(what, "guessed", count, cost);
  }

  lost(what: string, count = 1, cost = costs[what] ?? ""): void {
    this.add(what, "not recovered", count, cost);
  }

  copy(): Notes {
    const copy = new Notes();
    for (const note of this.notes.values()) copy.notes.set(note.what, { ...note });
    return copy;
  }

  get all(): readonly Note[] {
    return [...this.notes.values()];
  }

  private add(what: string, how: Note["how"], count: number, cost: string): void {
    const note = this.notes.get(what);
    if (note === undefined) this.notes.set(what, { what, count, how, costs: cost });
    else note.count += count;
  }
}

/** One line a note: how often, what, and what it costs. */
export function noteLines(notes: readonly Note[]): string[] {
  return notes.map(({ what, count, how, costs: cost }) => {
    const times = count === 1 ? "" : ` ${count} times`;
    return `${how}${times}: ${what}${cost === "" ? "" : `; ${cost}`}`;
  });
}
