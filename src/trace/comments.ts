// Comments of a trace script: each belongs to what comes after it on lines of its own, or stands
// before it on the same line. They say nothing to a replay; a reduction keeps those of what it keeps.

import { isMap, isScalar, isSeq, keyOf, type Node, type Source, type YAMLMap } from "./yaml.ts";

/** What comments can belong to. */
export interface Commented {
  /** Lines without their `#`. */
  readonly comments?: readonly string[];
}

/** A value with its comments, where there are any. */
export const commented = <A extends object>(
  value: A,
  comments: readonly string[],
): A & Commented => (comments.length === 0 ? value : { ...value, comments });

/** The text of a line that is a comment, or of the comment at its end; null for none. */
export function commentOf(line: string, atEnd = false): string | null {
  const m = (atEnd ? /(?:^|\s)#\s*(.*)$/ : /^\s*#\s*(.*)$/).exec(line);
  return m === null || m[1].trim() === "" ? null : m[1].trim();
}

/** Of YAML's own comments: without their indentation, and without what is said to editors. */
export function linesOfComments(...texts: readonly (string | null | undefined)[]): string[] {
  return texts.flatMap((text) =>
    (text ?? "").split("\n").flatMap((line) => {
      const trimmed = line.trim();
      return trimmed === "" || trimmed.startsWith("yaml-language-server:") ? [] : [trimmed];
    }),
  );
}

/** The comments of a node and of all in it. */
export function commentsWithin(node: unknown): string[] {
  const { commentBefore, comment } = (node ?? {}) as Partial<Node>;
  const inner = isMap(node)
    ? node.items.flatMap(({ key, value }) => [...commentsWithin(key), ...commentsWithin(value)])
    : isSeq(node)
      ? node.items.flatMap(commentsWithin)
      : [];
  return [...linesOfComments(commentBefore), ...inner, ...linesOfComments(comment)];
}

/** Key of the comments at the end of a file. */
export const atTheEnd = "";

/** The comments of the keys of a trace; those of lists belong to their items. */
export function headComments(source: Source, root: YAMLMap): Readonly<Record<string, string[]>> {
  const { document } = source;
  const out: Record<string, string[]> = {};
  const add = (key: string, lines: readonly string[]): void => {
    if (lines.length > 0) out[key] = [...(out[key] ?? []), ...lines];
  };
  root.items.forEach((pair, i) => {
    const { key, value } = pair;
    const name = keyOf(pair) ?? "";
    if (i === 0) add(name, linesOfComments(document?.commentBefore, root.commentBefore));
    add(name, linesOfComments((key as Node | null)?.commentBefore));
    if (isScalar(value)) add(name, linesOfComments(value.commentBefore, value.comment));
    if (isMap(value) && name !== "streams") add(name, commentsWithin(value));
  });
  add(atTheEnd, linesOfComments(root.comment, document?.comment));
  return out;
}
