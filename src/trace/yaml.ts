// The YAML layer: a document with source positions, and scalars whose characters map back to the
// file. Integers stay bigint, so that 64-bit masks keep their bits.

import { isAlias, isMap, isScalar, isSeq, LineCounter, parseDocument, Scalar } from "yaml";
import type { Document, Node, ParsedNode, Pair, YAMLMap, YAMLSeq } from "yaml";
import { aliasesMax, traceBytesMax } from "./limits.ts";
import { Problems, quote } from "./problem.ts";

export type { Node, YAMLMap, YAMLSeq };
export { isMap, isScalar, isSeq, Scalar };

/** A parsed source file. */
export class Source {
  readonly problems: Problems;
  readonly document: Document.Parsed<ParsedNode> | null;
  private readonly lines = new LineCounter();
  private aliases = 0;

  constructor(
    readonly file: string,
    readonly text: string,
  ) {
    this.problems = new Problems(file, (offset) => this.lines.linePos(offset));
    this.document = this.parse();
  }

  /** 1-based line of an offset. */
  lineOf(offset: number): number {
    return this.positionOf(offset).line;
  }

  /** 1-based line and column of an offset. */
  positionOf(offset: number): { readonly line: number; readonly col: number } {
    return this.lines.linePos(offset);
  }

  private parse(): Document.Parsed<ParsedNode> | null {
    const { lines: lineCounter, problems, text } = this;
    if (text.length > traceBytesMax) {
      problems.add("TooLarge", 0, `file of ${text.length} characters`, {
        expected: `at most ${traceBytesMax}`,
      });
      return null;
    }
    try {
      const options = { intAsBigInt: true, lineCounter, prettyErrors: false } as const;
      const document = parseDocument(text, { ...options, uniqueKeys: true });
      for (const e of [...document.errors, ...document.warnings]) {
        const duplicate = e.code === "DUPLICATE_KEY";
        const reason = duplicate ? "DuplicateKey" : "YamlSyntax";
        problems.add(reason, e.pos[0], oneLine(e.message));
      }
      return document.errors.length > 0 ? null : document;
    } catch (e) {
      // The composer recurses: nesting beyond the stack ends it. Nothing else may throw.
      const deep = e instanceof RangeError;
      problems.add(deep ? "TooDeep" : "YamlSyntax", 0, deep ? "YAML nesting" : oneLine(String(e)));
      return null;
    }
  }

  /** The node itself, or the one that an alias stands for. */
  resolve(node: unknown): Node | null | undefined {
    if (!isAlias(node)) return (node ?? null) as Node | null;
    if (++this.aliases > aliasesMax) {
      return this.problems.add("TooMany", offsetOf(node), "aliases", {
        expected: `at most ${aliasesMax}`,
      });
    }
    const target = node.resolve(this.document!) as Node | undefined;
    if (target !== undefined) return target;
    return this.problems.add("UnknownName", offsetOf(node), `alias *${node.source}`, {
      expected: "an anchor before it",
    });
  }

  /** Maps an index into a scalar's value to an offset into the file. */
  locator(node: Scalar): (index: number) => number {
    const value = String(node.value);
    const start = offsetOf(node);
    if (node.type === Scalar.BLOCK_LITERAL) return blockLocator(this.text, start, value);
    const from = node.type === Scalar.PLAIN || node.type === undefined ? start : start + 1;
    if (this.text.startsWith(value, from)) return (index) => from + index;
    if (node.type === Scalar.QUOTE_DOUBLE) return escapedLocator(this.text, from);
    if (node.type === Scalar.QUOTE_SINGLE) return doubledLocator(this.text, from);
    return () => start;
  }
}

export function offsetOf(node: unknown): number {
  return (node as Partial<Node> | null)?.range?.[0] ?? 0;
}

/** Key of a pair as text, null when it is not a plain string. */
export function keyOf(pair: Pair): string | null {
  const { key } = pair;
  return isScalar(key) && typeof key.value === "string" ? key.value : null;
}

function oneLine(message: string): string {
  return message.replace(/\s+/g, " ").trim().slice(0, 200);
}

/** What a node is, for messages. */
export function describe(node: Node | null): string {
  if (node === null) return "nothing";
  if (isMap(node)) return "a map";
  if (isSeq(node)) return "a list";
  if (!isScalar(node)) return "a node";
  return typeof node.value === "string" ? quote(node.value) : String(node.value);
}

/** Lines of a literal block correspond to lines of the file; the indentation differs. */
function blockLocator(text: string, start: number, value: string): (index: number) => number {
  return (index) => {
    const before = value.slice(0, index);
    const line = before.split("\n").length - 1;
    const column = index - (before.lastIndexOf("\n") + 1);
    let at = start;
    for (let i = 0; i <= line; i++) {
      const next = text.indexOf("\n", at);
      if (next < 0) return start;
      at = next + 1;
    }
    const eol = text.indexOf("\n", at);
    const sourceLine = text.slice(at, eol < 0 ? undefined : eol).replace(/\r$/, "");
    const valueLine = value.split("\n", line + 1)[line] ?? "";
    return at + Math.max(0, sourceLine.length - valueLine.length) + column;
  };
}

const escapeLengths: Readonly<Record<string, number>> = { x: 4, u: 6, U: 10 };

function escapedLocator(text: string, from: number): (index: number) => number {
  return (index) => {
    let at = from;
    for (let i = 0; i < index && at < text.length; i++) {
      at += text[at] === "\\" ? (escapeLengths[text[at + 1]] ?? 2) : 1;
    }
    return at;
  };
}

function doubledLocator(text: string, from: number): (index: number) => number {
  return (index) => {
    let at = from;
    for (let i = 0; i < index; i++) at += text.startsWith("''", at) ? 2 : 1;
    return at;
  };
}
