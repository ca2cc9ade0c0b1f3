// The text of a predicate, cut into words: plain ones, "quoted text" and /regular expressions/.

import { nearest } from "../trace/suggest.ts";
import { anything, containing, type Pattern, regular } from "./pattern.ts";

/** A predicate that cannot be read. Exit code 129. */
export class PredicateError extends Error {
  override readonly name = "PredicateError";
  constructor(
    /** 1-based, into the text of the predicate. */
    readonly column: number,
    readonly problem: string,
  ) {
    super(`--predicate:1:${column}: ${problem}`);
  }
}

interface Word {
  readonly kind: "plain" | "quoted" | "regular";
  readonly text: string;
  readonly flags: string;
  readonly column: number;
}

const wordPattern = /\s*(?:"((?:[^"\\]|\\.)*)"|\/((?:[^/\\]|\\.)+)\/([a-z]*)|([^\s"]+))/y;

export class Words {
  private readonly words: Word[] = [];
  private next = 0;

  constructor(private readonly text: string) {
    wordPattern.lastIndex = 0;
    let at = 0;
    while (text.slice(at).trim() !== "") {
      wordPattern.lastIndex = at;
      const m = wordPattern.exec(text);
      const column = at + text.slice(at).search(/\S/) + 1;
      if (m === null) throw new PredicateError(column, 'a quote is not closed; expected "text"');
      at = wordPattern.lastIndex;
      this.words.push({ ...read(m), column });
    }
  }

  get done(): boolean {
    return this.next >= this.words.length;
  }

  /** The next word, empty at the end. */
  get peek(): string {
    return this.words[this.next]?.text ?? "";
  }

  /** Takes the next words if they are these. */
  take(...texts: readonly string[]): boolean {
    const here = this.words.slice(this.next, this.next + texts.length);
    const same =
      here.length === texts.length &&
      here.every((w, i) => w.kind === "plain" && w.text.toLowerCase() === texts[i]);
    if (same) this.next += texts.length;
    return same;
  }

  /** Takes these words or fails. */
  expect(...texts: readonly string[]): void {
    if (!this.take(...texts)) this.fail(`expected "${texts.join(" ")}"`);
  }

  /** Takes the next word as `read` understands it. */
  one<A>(expected: string, read: (text: string) => A | null): A {
    const word = this.words[this.next];
    const value = word === undefined || word.kind === "regular" ? null : read(word.text);
    if (value === null) return this.fail(`expected ${expected}`);
    this.next++;
    return value;
  }

  /** Takes the next word, one of a list. */
  oneOf(words: readonly string[], what = "one of"): string {
    const word = this.words[this.next];
    const found = words.find((w) => word?.kind === "plain" && w === word.text.toLowerCase());
    if (found !== undefined) {
      this.next++;
      return found;
    }
    const near = word === undefined ? undefined : nearest(word.text, words);
    const hint = near === undefined ? "" : `; did you mean ${near}?`;
    return this.fail(`expected ${what} ${words.join(", ")}${hint}`);
  }

  /** Takes the words of one of several phrases. */
  phrase<A>(phrases: ReadonlyMap<string, A>): A {
    for (const [phrase, value] of phrases) if (this.take(...phrase.split(" "))) return value;
    const here = this.words
      .slice(this.next, this.next + 2)
      .map((w) => w.text)
      .join(" ");
    const near = nearest(here, [...phrases.keys()]);
    const hint = near === undefined ? "" : `; did you mean ${near}?`;
    return this.fail(`expected one of ${[...phrases.keys()].join(", ")}${hint}`);
  }

  /** Takes a pattern: quoted text, /a regular expression/, or the plain words up to and/or. */
  pattern(): Pattern | null {
    const word = this.words[this.next];
    if (word === undefined || this.atJoin()) return null;
    this.next++;
    if (word.kind === "regular") {
      try {
        return regular(word.text, word.flags);
      } catch (error) {
        throw new PredicateError(word.column, (error as Error).message);
      }
    }
    const texts = [word.text];
    if (word.kind === "plain") {
      while (!this.done && !this.atJoin() && this.words[this.next].kind === "plain") {
        texts.push(this.words[this.next++].text);
      }
    }
    return containing(texts.join(" "));
  }

  patternOrAnything(): Pattern {
    return this.pattern() ?? anything;
  }

  /** True at `and`, `or` and the end. */
  atJoin(): boolean {
    const word = this.words[this.next];
    return word === undefined || (word.kind === "plain" && /^(and|or)$/i.test(word.text));
  }

  /** Fails at the next word. */
  fail(problem: string): never {
    const word = this.words[this.next];
    const got = word === undefined ? "the end" : JSON.stringify(word.text);
    throw new PredicateError(word?.column ?? this.text.length + 1, `${got}: ${problem}`);
  }
}

function read(m: RegExpExecArray): Omit<Word, "column"> {
  if (m[1] !== undefined) {
    return { kind: "quoted", text: m[1].replace(/\\(.)/g, "$1"), flags: "" };
  }
  if (m[2] !== undefined) return { kind: "regular", text: m[2], flags: m[3] };
  return { kind: "plain", text: m[4], flags: "" };
}
