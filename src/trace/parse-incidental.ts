// Reads what a trace declares not to be promised (incidental.ts).

import { commented, commentsWithin, linesOfComments } from "./comments.ts";
import {
  type Incidental,
  type IncidentalAspect,
  incidentalAspects,
  type IncidentalSection,
  incidentalSections,
  type Unordered,
} from "./incidental.ts";
import { declarationsMax, problemsMax } from "./limits.ts";
import { quote, type Problems } from "./problem.ts";
import { describe, isMap, isScalar, isSeq, keyOf, offsetOf, type Source } from "./yaml.ts";
import type { Node, YAMLMap } from "./yaml.ts";

const registerPattern = /^(?:[RW] )?[A-Za-z0-9_*?.]+(?: by \S.*)?$/;
const fencePattern = /^[0-9*?]+:[0-9*?]+$/;
const patternForms: Readonly<Record<IncidentalSection, string>> = {
  registers: "[R|W] BLOCK.REGISTER [by CONTEXT], with * and ?",
  fences: "context:seqno, with * and ?",
  log: "text of a kernel message, with * and ?",
};

/** Reads the section `incidental` of a trace. */
export function readIncidental(source: Source, root: YAMLMap): Incidental[] {
  return readList(source, root, "incidental", (map) => {
    const reader = new Declaration(source, map, "incidental", [...incidentalSections, "what"]);
    const section = reader.section(incidentalSections);
    const what = section === undefined ? undefined : reader.aspects(incidentalAspects[section]);
    const pattern = section === undefined ? undefined : reader.pattern(section, section);
    const reason = reader.reason();
    if (section === undefined || what === undefined) return undefined;
    if (pattern === undefined || reason === undefined) return undefined;
    return { section, pattern, what, reason, line: reader.line };
  });
}

/** Reads the section `unordered` of a trace. */
export function readUnordered(source: Source, root: YAMLMap): Unordered[] {
  return readList(source, root, "unordered", (map) => {
    const reader = new Declaration(source, map, "unordered", ["registers", "fences"]);
    const section = reader.section(["registers", "fences"]);
    const patterns = section === undefined ? undefined : reader.patterns(section);
    const reason = reader.reason();
    if (section === undefined || patterns === undefined || reason === undefined) return undefined;
    return { section, patterns, reason, line: reader.line };
  });
}

/** Reads a list of maps. */
export function readList<A extends object>(
  source: Source,
  root: YAMLMap,
  key: string,
  read: (map: YAMLMap) => A | undefined,
): A[] {
  const { problems } = source;
  const given = root.get(key, true);
  if (given === undefined) return [];
  const list = source.resolve(given);
  if (!isSeq(list)) {
    const got = `${key} is ${describe(list ?? null)}`;
    problems.add("WrongType", offsetOf(given), got, { expected: "a list of maps" });
    return [];
  }
  if (list.items.length > declarationsMax) {
    const got = `${list.items.length} entries of ${key}`;
    problems.add("TooMany", offsetOf(list), got, { expected: `at most ${declarationsMax}` });
    return [];
  }
  return list.items.flatMap((item) => {
    const node = source.resolve(item);
    if (problems.count >= problemsMax) return [];
    if (!isMap(node)) {
      const got = `${key} has ${describe(node ?? null)}`;
      problems.add("WrongType", offsetOf(item), got, { expected: "a map" });
      return [];
    }
    const value = read(node);
    const first = item === list.items[0] ? linesOfComments(list.commentBefore) : [];
    return value === undefined ? [] : [commented(value, [...first, ...commentsWithin(node)])];
  });
}

/** One declaration: a section with patterns, and why. */
class Declaration {
  private readonly problems: Problems;
  readonly line: number;

  constructor(
    private readonly source: Source,
    private readonly map: YAMLMap,
    private readonly where: string,
    keys: readonly string[],
  ) {
    this.problems = source.problems;
    this.line = source.lineOf(offsetOf(map));
    const oneOf = [...keys, "reason"];
    for (const pair of map.items) {
      const key = keyOf(pair);
      if (key !== null && oneOf.includes(key)) continue;
      const got = key ?? "?";
      this.problems.add("UnknownKey", offsetOf(pair.key), `${quote(got)} of ${where}`, {
        oneOf,
        got,
      });
    }
  }

  /** The one of `sections` that there is a key of. */
  section<S extends string>(sections: readonly S[]): S | undefined {
    const given = sections.filter((s) => this.map.has(s));
    if (given.length === 1) return given[0];
    const got = given.length === 0 ? `section of ${this.where}` : given.join(" and ");
    const reason = given.length === 0 ? "MissingKey" : "ConflictingFields";
    return this.problems.add(reason, offsetOf(this.map), got, {
      expected: `one of ${sections.join(", ")}`,
    });
  }

  aspects(oneOf: readonly IncidentalAspect[]): IncidentalAspect[] | undefined {
    if (!this.map.has("what")) {
      return this.problems.add("MissingKey", offsetOf(this.map), `what of ${this.where}`, {
        expected: `one or more of ${oneOf.join(", ")}`,
      });
    }
    const words = this.texts(this.map.get("what", true), "what");
    if (words === undefined) return undefined;
    for (const { text, offset } of words) {
      if (oneOf.some((a) => a === text)) continue;
      return this.problems.add("BadValue", offset, `what ${quote(text)}`, { oneOf, got: text });
    }
    // In the order of the table, each once.
    return oneOf.filter((a) => words.some(({ text }) => text === a));
  }

  pattern(key: string, section: IncidentalSection): string | undefined {
    const [word] = this.texts(this.map.get(key, true), key) ?? [];
    return word === undefined ? undefined : this.checked(word, section);
  }

  patterns(section: "registers" | "fences"): string[] | undefined {
    const words = this.texts(this.map.get(section, true), section);
    if (words === undefined) return undefined;
    if (words.length < 2) {
      return this.problems.add("BadValue", words[0]?.offset ?? offsetOf(this.map), "one pattern", {
        expected: "two or more: entries of one pattern keep their order",
      });
    }
    const patterns = words.map((word) => this.checked(word, section));
    return patterns.every((p) => p !== undefined) ? patterns : undefined;
  }

  reason(): string | undefined {
    const given = this.map.get("reason", true) as Node | undefined;
    const expected = "why it is not promised";
    if (given === undefined) {
      const what = `reason of ${this.where}`;
      return this.problems.add("MissingKey", offsetOf(this.map), what, { expected });
    }
    const node = this.source.resolve(given);
    if (isScalar(node) && typeof node.value === "string" && node.value.trim() !== "") {
      return node.value.trim().replace(/\s+/g, " ");
    }
    const got = `reason is ${describe(node ?? null)}`;
    return this.problems.add("WrongType", offsetOf(given), got, { expected });
  }

  private checked(
    { text, offset }: { text: string; offset: number },
    section: IncidentalSection,
  ): string | undefined {
    const fits =
      section === "log" || (section === "fences" ? fencePattern : registerPattern).test(text);
    if (fits && !/[\n\r]/.test(text)) return text;
    return this.problems.add("BadValue", offset, `pattern ${quote(text)}`, {
      expected: patternForms[section],
    });
  }

  private texts(value: unknown, key: string): { text: string; offset: number }[] | undefined {
    const node = this.source.resolve(value);
    const items = isSeq(node) ? node.items : [node];
    const out = [];
    for (const given of items) {
      const item = this.source.resolve(given);
      if (!isScalar(item) || typeof item.value !== "string" || item.value === "") {
        const got = `${key} is ${describe(item ?? null)}`;
        const offset = item === null || item === undefined ? offsetOf(this.map) : offsetOf(item);
        return this.problems.add("WrongType", offset, got, {
          expected: "text, or a list of texts",
        });
      }
      out.push({ text: item.value, offset: offsetOf(item) });
    }
    return out;
  }
}
