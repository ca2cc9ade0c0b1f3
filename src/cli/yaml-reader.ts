// Reading a YAML file of settings (manifest, config): maps of known keys, words and lists of them,
// every problem with its place.

import type { Problems } from "../trace/problem.ts";
import { quote } from "../trace/problem.ts";
import { describe, isMap, isScalar, isSeq, keyOf, offsetOf, Source } from "../trace/yaml.ts";
import type { YAMLMap } from "../trace/yaml.ts";
import { InputError } from "./input-error.ts";

/** A text and where it is. */
export interface Word {
  readonly text: string;
  readonly offset: number;
}

/** Reads a file's text with `read`. Throws `InputError` with every problem found. */
export function readYaml<A>(
  text: string,
  path: string,
  ifNone: A,
  read: (reader: YamlReader) => A,
): A {
  const source = new Source(path, text);
  const value = source.document === null ? ifNone : read(new YamlReader(source));
  if (source.problems.count > 0) throw new InputError(source.problems.error().message);
  return value;
}

export class YamlReader {
  readonly problems: Problems;

  constructor(readonly source: Source) {
    this.problems = source.problems;
  }

  /** The top-level map, after its version was looked at. */
  top(keys: readonly string[], version: number): Map<string, unknown> | null {
    const top = this.source.resolve(this.source.document!.contents);
    if (!isMap(top)) {
      const expected = `a map with ${keys.join(", ")}`;
      this.problems.add("WrongType", offsetOf(top), describe(top ?? null), { expected });
      return null;
    }
    const values = this.values(top, keys);
    const v = values.get("version");
    if (v === undefined) this.missing(top, "version", `version: ${version}`);
    else if (!isScalar(v) || Number(v.value) !== version) {
      const got = `version ${isScalar(v) ? String(v.value) : "?"}`;
      this.problems.add("UnsupportedVersion", offsetOf(v), got, { expected: String(version) });
    }
    return values;
  }

  /** The values of a map by key; keys that are not in `keys` are problems. */
  values(map: YAMLMap, keys: readonly string[]): Map<string, unknown> {
    const out = new Map<string, unknown>();
    for (const pair of map.items) {
      const key = keyOf(pair);
      if (key !== null && keys.includes(key)) out.set(key, pair.value);
      else {
        const got = key ?? String(pair.key);
        this.problems.add("UnknownKey", offsetOf(pair.key), quote(got), { oneOf: keys, got });
      }
    }
    return out;
  }

  /** A text or a list of texts. */
  words(value: unknown): Word[] {
    if (value === undefined) return [];
    const node = this.source.resolve(value);
    if (isSeq(node) && node.items.length > 0) {
      return node.items.flatMap((item) => this.word(item, "a text or a list of texts"));
    }
    return this.word(node, "a text or a list of texts");
  }

  /** One text, as a list of at most one. */
  word(value: unknown, expected = "a text"): Word[] {
    if (value === undefined) return [];
    const node = this.source.resolve(value);
    const offset = offsetOf(node);
    if (isScalar(node) && typeof node.value === "string" && node.value !== "") {
      return [{ text: node.value, offset }];
    }
    const got = describe((node ?? null) as Parameters<typeof describe>[0]);
    this.problems.add("WrongType", offset, got, { expected });
    return [];
  }

  missing(map: unknown, key: string, expected: string): void {
    this.problems.add("MissingKey", offsetOf(map), key, { expected });
  }
}
