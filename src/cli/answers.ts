// Answers to questions, from a terminal or from lines of a pipe.

import { createInterface } from "node:readline";

export type Choice = "accept" | "reject" | "skip" | "quit" | "help";

export interface Answer {
  readonly choice: Choice;
  /** What follows the choice, e.g. why something is rejected. */
  readonly remark: string;
}

const choices: readonly Choice[] = ["accept", "reject", "skip", "quit", "help"];

/** Reads an answer: a choice or its first letter, then a remark. null where it is none. */
export function parseAnswer(line: string): Answer | null {
  const m = /^\s*(\?|[A-Za-z]+)[\s:,]*(.*?)\s*$/.exec(line);
  if (m === null) return null;
  const word = m[1].toLowerCase();
  const choice = word === "?" ? "help" : choices.find((c) => c === word || c[0] === word);
  return choice === undefined ? null : { choice, remark: m[2] };
}

export interface Answers {
  /** The next line, null at the end of the input. */
  next(prompt: string): Promise<string | null>;
  close(): void;
}

/** Lines of `input`; prompts go to `output`. */
export function makeAnswers(
  input: NodeJS.ReadableStream & { readonly isTTY?: boolean },
  output: { write(text: string): unknown },
): Answers {
  const reader = createInterface({ input, terminal: false });
  const lines = reader[Symbol.asyncIterator]();
  return {
    next: async (prompt) => {
      output.write(prompt);
      const line = await lines.next();
      // A terminal has shown what was typed.
      if (line.done === true) output.write("\n");
      else if (input.isTTY !== true) output.write(`${line.value}\n`);
      return line.done === true ? null : line.value;
    },
    close: () => reader.close(),
  };
}
