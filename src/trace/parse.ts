// Trace scripts from text: YAML, header, streams, events; every problem with its place.

import { type Either, left, right } from "effect/Either";
import { commented, commentOf, headComments, linesOfComments } from "./comments.ts";
import { decodeAction } from "./decode-event.ts";
import { happeningNames, isHappening, type Happening } from "./events/index.ts";
import { isName, nameRule } from "./field.ts";
import { readIncidental, readUnordered } from "./parse-incidental.ts";
import type { Instruction } from "./instruction.ts";
import { readKnownFindings } from "./known-finding.ts";
import { eventsMax, faultsMax, promisesMax, streamsMax, streamWordsMax } from "./limits.ts";
import { failAt, lexAction } from "./line.ts";
import { hasOtherVersion, readHeader } from "./parse-header.ts";
import { ItemReader } from "./parse-items.ts";
import { quote, type TraceError } from "./problem.ts";
import { parsePromise, type TimingPromise } from "./promise.ts";
import { parseInstruction, streamNames, streamTooLong } from "./stream.ts";
import type { Stream, Trace } from "./trace.ts";
import { describe, isMap, isScalar, isSeq, keyOf, offsetOf, Source } from "./yaml.ts";
import type { Node, YAMLMap } from "./yaml.ts";

/** Parses a trace script. `file` is what problems name. */
export function parseTrace(text: string, file = "trace.yaml"): Either<Trace, TraceError> {
  const source = new Source(file, text);
  const trace = source.document === null ? undefined : readTrace(source);
  if (trace === undefined || source.problems.count > 0) return left(source.problems.error());
  return right(trace);
}

function readTrace(source: Source): Trace | undefined {
  const { problems } = source;
  const root = source.document!.contents as Node | null;
  if (!isMap(root)) {
    const offset = root === null ? 0 : offsetOf(root);
    return problems.add("WrongType", offset, `a trace is ${describe(root)}`, {
      expected: "a map with version, name, description and events",
    });
  }
  if (hasOtherVersion(source, root)) return undefined;
  const header = readHeader(source, root);
  const promises = readPromises(source, root);
  const incidental = readIncidental(source, root);
  const unordered = readUnordered(source, root);
  const known_findings = readKnownFindings(source, root);
  const faults = readFaults(source, root);
  const streams = readStreams(source, root);
  const reader = new ItemReader(source, header.cpus);
  for (const { name } of streams) {
    reader.names.bind({ kind: "stream", name, how: "bind" }, 0, () => undefined);
  }
  const setup = root.has("setup") ? reader.read(root.get("setup", true) as Node, "setup") : [];
  if (!root.has("events")) {
    problems.add("MissingKey", offsetOf(root), "events", { expected: "event lines" });
    return undefined;
  }
  const events = reader.read(root.get("events", true) as Node, "events");
  reader.checkClones();
  const size = reader.size(setup) + reader.size(events);
  if (size > eventsMax) {
    problems.add("TooMany", 0, `${size} events`, { expected: `at most ${eventsMax}` });
  }
  checkStreamNames(source, root, streams, reader);
  const lists = { promises, incidental, unordered, known_findings, faults };
  const trace = { ...header, ...lists, streams, setup, events };
  const comments = headComments(source, root);
  return Object.keys(comments).length === 0 ? trace : { ...trace, comments };
}

interface TextLine {
  readonly text: string;
  readonly locate: (column: number) => number;
  /** What stands before it; of lines that are no comments themselves. */
  readonly comments: readonly string[];
}

/** The text nodes of a list, or of one block, line by line with their offsets. */
function* linesOf(source: Source, node: Node | null, what: string): Generator<TextLine> {
  const items = isSeq(node) ? node.items : [node];
  let comments = isSeq(node) ? linesOfComments(node.commentBefore) : [];
  for (const given of items) {
    const item = source.resolve(given);
    if (item === undefined) return;
    if (!isScalar(item) || typeof item.value !== "string") {
      const offset = item === null ? offsetOf(given) : offsetOf(item);
      source.problems.add("WrongType", offset, `${what} has ${describe(item)}`, {
        expected: "lines of text",
      });
      continue;
    }
    const locate = source.locator(item);
    if (isSeq(node)) comments.push(...linesOfComments(item.commentBefore, item.comment));
    let from = 0;
    for (const text of item.value.split("\n")) {
      const start = from;
      const comment = commentOf(text);
      if (comment !== null) comments.push(comment);
      yield { text, locate: (column) => locate(start + column), comments };
      if (comment === null && text.trim() !== "") comments = [];
      from += text.length + 1;
    }
  }
}

function readPromises(source: Source, root: YAMLMap): TimingPromise[] {
  const { problems } = source;
  const node = source.resolve(root.get("promises", true));
  if (node === undefined || node === null) return [];
  const out: TimingPromise[] = [];
  for (const { text, locate, comments } of linesOf(source, node, "promises")) {
    if (text.trim() === "" || text.trim().startsWith("#")) continue;
    if (out.length === promisesMax) {
      problems.add("TooMany", locate(0), "promises", { expected: `at most ${promisesMax}` });
      break;
    }
    const promise = parsePromise(text, source.lineOf(locate(0)), failAt(problems, locate));
    if (promise !== undefined) out.push(commented(promise, comments));
  }
  return out;
}

function readFaults(source: Source, root: YAMLMap): Happening[] {
  const { problems } = source;
  const node = source.resolve(root.get("faults", true));
  if (node === undefined || node === null) return [];
  const out: Happening[] = [];
  for (const { text, locate, comments } of linesOf(source, node, "faults")) {
    if (text.trim() === "" || text.trim().startsWith("#")) continue;
    if (out.length === faultsMax) {
      problems.add("TooMany", locate(0), "faults", { expected: `at most ${faultsMax}` });
      break;
    }
    const fail = failAt(problems, locate);
    const lexed = lexAction(text.trimEnd(), fail);
    const action = lexed === undefined ? undefined : decodeAction(lexed, new Map(), fail);
    if (action === undefined) continue;
    if (isHappening(action)) out.push(commented(action, comments));
    else fail("BadValue", lexed!.column, `${action.name} is no fault`, { oneOf: happeningNames });
  }
  return out;
}

function readStreams(source: Source, root: YAMLMap): Stream[] {
  const { problems } = source;
  const node = source.resolve(root.get("streams", true));
  if (node === undefined || node === null) return [];
  if (!isMap(node)) {
    problems.add("WrongType", offsetOf(node), `streams is ${describe(node)}`, {
      expected: "a map of names to instructions",
    });
    return [];
  }
  if (node.items.length > streamsMax) {
    problems.add("TooMany", offsetOf(node), `${node.items.length} streams`, {
      expected: `at most ${streamsMax}`,
    });
    return [];
  }
  return node.items.map((pair, i) => {
    const name = keyOf(pair);
    if (name === null || !isName(name)) {
      problems.add("BadValue", offsetOf(pair.key), `stream ${quote(name ?? "?")}`, {
        expected: nameRule,
      });
    }
    const value = source.resolve(pair.value);
    const code = value === undefined ? [] : readCode(source, value, name);
    const before = [i === 0 ? node.commentBefore : null, (pair.key as Node | null)?.commentBefore];
    const comments = linesOfComments(...before, isScalar(value) ? value.comment : null);
    return commented({ name: name ?? "", code }, comments);
  });
}

function readCode(source: Source, node: Node | null, name: string | null): Instruction[] {
  const what = `stream ${name ?? "?"}`;
  const code: Instruction[] = [];
  for (const { text, locate, comments } of linesOf(source, node, what)) {
    const instruction = parseInstruction(text, failAt(source.problems, locate));
    if (instruction !== null && instruction !== undefined) {
      const own = commentOf(text, true);
      code.push(commented(instruction, own === null ? comments : [...comments, own]));
    }
    if (streamTooLong(code)) {
      source.problems.add("TooMany", locate(0), `instructions of ${what}`, {
        expected: `at most ${streamWordsMax}`,
      });
      break;
    }
  }
  return code;
}

/** Streams may name heaps that events bind later. */
function checkStreamNames(
  source: Source,
  root: YAMLMap,
  streams: readonly Stream[],
  reader: ItemReader,
): void {
  const node = source.resolve(root.get("streams", true));
  if (!isMap(node)) return;
  streams.forEach((stream, i) => {
    const fail = failAt(source.problems, () => offsetOf(node.items[i].key));
    for (const use of streamNames(stream.code)) reader.names.use(use, 0, fail);
  });
}
