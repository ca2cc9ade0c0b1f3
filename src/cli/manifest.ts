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
import { quote } from "../trace/problem.ts";
import { describe, isMap, isSeq, offsetOf } from "../trace/yaml.ts";
import { glob } from "./glob.ts";
import { readText } from "./read-text.ts";
import { readYaml, type Word, type YamlReader } from "./yaml-reader.ts";

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
  return readYaml(text, path, [], (reader) => new ManifestReader(reader, path).rows());
}

class ManifestReader {
  constructor(
    private readonly yaml: YamlReader,
    private readonly path: string,
  ) {}

  rows(): ManifestRow[] {
    const { problems, source } = this.yaml;
    const values = this.yaml.top(topKeys, version);
    if (values === null) return [];
    const list = source.resolve(values.get("rows"));
    if (!values.has("rows")) {
      this.yaml.missing(source.document!.contents, "rows", "a list of rows");
    } else if (!isSeq(list) || list.items.length === 0) {
      problems.add("WrongType", offsetOf(list), describe(list ?? null), {
        expected: "a list of rows",
      });
    } else return list.items.flatMap((item) => this.row(item));
    return [];
  }

  private row(item: unknown): ManifestRow[] {
    const { problems, source } = this.yaml;
    const node = source.resolve(item);
    if (!isMap(node)) {
      problems.add("WrongType", offsetOf(node), describe(node ?? null), {
        expected: `a map of ${rowKeys.join(", ")}`,
      });
      return [];
    }
    const values = this.yaml.values(node, rowKeys);
    if (!values.has("traces")) this.yaml.missing(node, "traces", "a path or a pattern");
    const patterns = this.yaml.words(values.get("traces"));
    const revisions = this.yaml.words(values.get("revisions"));
    for (const word of revisions) this.checkRevision(word);
    const profileWords = this.yaml.words(values.get("profiles"));
    for (const { text, offset } of profileWords) {
      // An own property: `constructor` is no profile.
      if (Object.hasOwn(profiles, text)) continue;
      const oneOf = Object.keys(profiles);
      problems.add("UnknownName", offset, `profile ${quote(text)}`, { oneOf, got: text });
    }
    const place = `${this.path}:${source.lineOf(offsetOf(node))}`;
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
      this.yaml.problems.add("UnknownName", offset, `no trace matches ${quote(text)}`, {
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
    this.yaml.problems.add("UnknownName", offset, `revision ${quote(text)}: ${problem}`, hint);
  }
}

function orOwn(words: readonly Word[]): (string | null)[] {
  return words.length === 0 ? [null] : words.map(({ text }) => text);
}
