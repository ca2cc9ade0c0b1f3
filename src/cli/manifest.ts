// The manifest of the golden gate: which traces are replayed at which revisions and profiles.
// Rows of `traces` (paths and patterns, from the manifest's folder), `revisions` and `profiles`;
// where a row names none of these, the trace's own counts. Problems are located in the file.

import { dirname } from "node:path";
import * as Either from "effect/Either";
import * as Effect from "effect/Effect";
import { profiles } from "../device/profile/index.ts";
import { catalog } from "../revision/catalog.ts";
import { parseRevision } from "../revision/revision.ts";
import { traceBytesMax } from "../trace/limits.ts";
import type { Problems } from "../trace/problem.ts";
import { quote } from "../trace/problem.ts";
import { describe, isMap, isScalar, isSeq, keyOf, offsetOf, Source } from "../trace/yaml.ts";
import type { YAMLMap } from "../trace/yaml.ts";
import { glob } from "./glob.ts";
import { InputError } from "./input-error.ts";
import { readText } from "./read-text.ts";

/** One row with its patterns expanded. */
export interface ManifestRow {
  /** `file:line` of the row. */
  readonly place: string;
  readonly traces: readonly string[];
  /** null: the trace's own. */
  readonly revisions: readonly (string | null)[];
  readonly profiles: readonly (string | null)[];
}

const version = 1;
const topKeys = ["version", "rows"] as const;
const rowKeys = ["traces", "revisions", "profiles"] as const;

/** Reads a manifest. Throws `InputError` with every problem found. */
export function readManifest(path: string): ManifestRow[] {
  return parseManifest(readText(path, traceBytesMax), path);
}

/** Reads a manifest's text; `path` is for messages and for where its patterns begin. */
export function parseManifest(text: string, path: string): ManifestRow[] {
  const source = new Source(path, text);
  const rows = source.document === null ? [] : new ManifestReader(source, path).rows();
  if (source.problems.count > 0) throw new InputError(source.problems.error().message);
  return rows;
}

interface Word {
  readonly text: string;
  readonly offset: number;
}

class ManifestReader {
  private readonly problems: Problems;

  constructor(
    private readonly source: Source,
    private readonly path: string,
  ) {
    this.problems = source.problems;
  }

  rows(): ManifestRow[] {
    const top = this.source.resolve(this.source.document!.contents);
    if (!isMap(top)) {
      this.problems.add("WrongType", offsetOf(top), describe(top ?? null), {
        expected: "a map with version and rows",
      });
      return [];
    }
    const values = this.values(top, topKeys);
    const v = values.get("version");
    if (v === undefined) this.missing(top, "version", `version: ${version}`);
    else if (!isScalar(v) || Number(v.value) !== version) {
      this.problems.add("UnsupportedVersion", offsetOf(v), `version ${String(v)}`, {
        expected: String(version),
      });
    }
    const list = this.source.resolve(values.get("rows"));
    if (!values.has("rows")) this.missing(top, "rows", "a list of rows");
    else if (!isSeq(list) || list.items.length === 0) {
      this.problems.add("WrongType", offsetOf(list), describe(list ?? null), {
        expected: "a list of rows",
      });
    } else return list.items.flatMap((item) => this.row(item));
    return [];
  }

  private row(item: unknown): ManifestRow[] {
    const node = this.source.resolve(item);
    if (!isMap(node)) {
      this.problems.add("WrongType", offsetOf(node), describe(node ?? null), {
        expected: `a map of ${rowKeys.join(", ")}`,
      });
      return [];
    }
    const values = this.values(node, rowKeys);
    if (!values.has("traces")) this.missing(node, "traces", "a path or a pattern");
    const patterns = this.words(values.get("traces"));
    const revisions = this.words(values.get("revisions"));
    for (const word of revisions) this.checkRevision(word);
    const profileWords = this.words(values.get("profiles"));
    for (const { text, offset } of profileWords) {
      // An own property: `constructor` is no profile.
      if (Object.hasOwn(profiles, text)) continue;
      const oneOf = Object.keys(profiles);
      this.problems.add("UnknownName", offset, `profile ${quote(text)}`, { oneOf, got: text });
    }
    const place = `${this.path}:${this.source.lineOf(offsetOf(node))}`;
    return [
      {
        place,
        traces: patterns.flatMap((word) => this.tracesOf(word)),
        revisions: orOwn(revisions),
        profiles: orOwn(profileWords),
      },
    ];
  }

  private tracesOf({ text, offset }: Word): string[] {
    const found = glob(dirname(this.path), text);
    if (found.length === 0) {
      this.problems.add("UnknownName", offset, `no trace matches ${quote(text)}`, {
        expected: `files below ${dirname(this.path)}`,
      });
    }
    return found;
  }

  private checkRevision({ text, offset }: Word): void {
    const revision = Effect.runSync(Effect.either(parseRevision(text, catalog)));
    if (Either.isRight(revision)) return;
    const { problem, suggestion } = revision.left;
    const hint = suggestion === null ? {} : { meant: suggestion };
    this.problems.add("UnknownName", offset, `revision ${quote(text)}: ${problem}`, hint);
  }

  /** The values of a map by key; keys that are not in `keys` are problems. */
  private values(map: YAMLMap, keys: readonly string[]): Map<string, unknown> {
    const out = new Map<string, unknown>();
    for (const pair of map.items) {
      const key = keyOf(pair);
      if (key !== null && keys.includes(key)) out.set(key, pair.value);
      else {
        const got = key ?? String(pair.key);
        const hint = { oneOf: keys, got };
        this.problems.add("UnknownKey", offsetOf(pair.key), quote(got), hint);
      }
    }
    return out;
  }

  /** A text or a list of texts. */
  private words(value: unknown): Word[] {
    if (value === undefined) return [];
    const node = this.source.resolve(value);
    if (isSeq(node) && node.items.length > 0) {
      return node.items.flatMap((item) => this.word(this.source.resolve(item)));
    }
    return this.word(node);
  }

  private word(node: unknown): Word[] {
    const offset = offsetOf(node);
    if (isScalar(node) && typeof node.value === "string" && node.value !== "") {
      return [{ text: node.value, offset }];
    }
    this.problems.add(
      "WrongType",
      offset,
      describe((node ?? null) as Parameters<typeof describe>[0]),
      {
        expected: "a text or a list of texts",
      },
    );
    return [];
  }

  private missing(map: unknown, key: string, expected: string): void {
    this.problems.add("MissingKey", offsetOf(map), key, { expected });
  }
}

function orOwn(words: readonly Word[]): (string | null)[] {
  return words.length === 0 ? [null] : words.map(({ text }) => text);
}
