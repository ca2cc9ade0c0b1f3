// The golden gate as SARIF 2.1.0 (OASIS), as code hosts and editors read it: every difference and
// finding is a result with a rule for its kind, at the golden's line and at the trace's.

import { createHash } from "node:crypto";
import type { DifferenceKind } from "../diff/difference.ts";
import { fails, findingLine, type GateCase, type GateVerdict, placeOf } from "./gate.ts";

const schema =
  "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";
/** Results of one case; the rest is counted in the last. */
const resultsMax = 50;

interface Rule {
  readonly id: string;
  readonly text: string;
}

const differenceRules: Readonly<Record<DifferenceKind, string>> = {
  missing: "Something that the golden promises does not happen.",
  extra: "Something happens that the golden does not have.",
  moved: "Something happens in another order than in the golden.",
  "other value": "A register access has another value than in the golden.",
  "other context": "Something happens in another context than in the golden.",
  "other error": "A fence is signalled with another error than in the golden.",
  delayed: "Something happens earlier or later than in the golden.",
};

const caseRules: Readonly<Record<Exclude<GateVerdict, "agrees" | "differs">, string>> = {
  finding: "A promise, an expectation or an invariant does not hold in the replay.",
  "no golden": "A replay of the manifest has no golden to compare with.",
  obsolete: "No row of the manifest names this golden.",
  "unused declaration": "A declaration of what is not promised matches nothing.",
  "bad input": "A trace, golden or setting cannot be used.",
  defect: "A defect of panthor-replay, not of the driver.",
};

const ruleId = (name: string): string => name.replaceAll(" ", "-");
const rules: readonly Rule[] = Object.entries({ ...differenceRules, ...caseRules }).map(
  ([name, text]) => ({ id: ruleId(name), text }),
);

interface Result {
  readonly rule: string;
  readonly message: string;
  /** The place to look at first, then others. */
  readonly places: readonly {
    readonly file: string;
    readonly line: number;
    readonly column?: number;
  }[];
  /** Tells the result apart from others of the case. */
  readonly key: string;
}

/** One SARIF log with one run. */
export function sarifLog(
  cases: readonly GateCase[],
  source: { readonly commit: string; readonly repository: string | null } | null,
): unknown {
  const results = cases.filter(fails).flatMap(sarifResults);
  const broken = cases.filter((c) => c.verdict === "bad input" || c.verdict === "defect");
  return {
    $schema: schema,
    version: "2.1.0",
    runs: [
      {
        tool: {
          driver: {
            name: "panthor-replay",
            rules: rules.map(({ id, text }) => ({ id, shortDescription: { text } })),
          },
        },
        invocations: [
          {
            executionSuccessful: broken.length === 0,
            ...(broken.length === 0
              ? {}
              : {
                  toolExecutionNotifications: broken.map((c) => ({
                    level: "error",
                    message: { text: c.summary },
                  })),
                }),
          },
        ],
        ...(source?.repository == null
          ? {}
          : {
              versionControlProvenance: [
                { repositoryUri: source.repository, revisionId: source.commit },
              ],
            }),
        columnKind: "utf16CodeUnits",
        results,
      },
    ],
  };
}

function sarifResults(c: GateCase): object[] {
  const results = resultsOf(c);
  const shown = results.slice(0, resultsMax);
  const rest = results.length - shown.length;
  return shown.map((r, i) => {
    const more = rest > 0 && i === shown.length - 1 ? ` (and ${rest} more)` : "";
    const [first, ...others] = r.places.map(location);
    return {
      ruleId: r.rule,
      ruleIndex: rules.findIndex(({ id }) => id === r.rule),
      level: "error",
      message: { text: `${c.name}: ${r.message}${more}` },
      locations: [first],
      ...(others.length === 0
        ? {}
        : { relatedLocations: others.map((o, id) => ({ ...o, id: id + 1 })) }),
      partialFingerprints: { "panthorReplay/v1": fingerprint(c, r) },
    };
  });
}

function resultsOf(c: GateCase): Result[] {
  const { file, golden = file, findings = [], differences = [], places = [], verdict } = c;
  const found = findings.map((message): Result => {
    const places = [{ file, line: findingLine(message) ?? 1 }];
    return { rule: "finding", message, places, key: message };
  });
  const seen = new Map<string, number>();
  const differs = differences.map((d, i): Result => {
    const at = places[i] ?? { golden: null, trace: null };
    // Where the golden has no such row, the trace is what there is to look at.
    const trace = at.trace === null ? [] : [{ file, line: at.trace }];
    const row = at.golden === null ? [] : [{ file: golden, line: at.golden }];
    const where = [...row, ...trace];
    const key = `${d.section} ${d.kind} ${d.detail}`;
    const occurrence = seen.get(key) ?? 0;
    seen.set(key, occurrence + 1);
    return {
      rule: ruleId(d.kind),
      message: d.detail,
      places: where.length > 0 ? where : [{ file: golden, line: 1 }],
      key: `${key} ${occurrence}`,
    };
  });
  if (verdict === "finding" || verdict === "differs") return [...found, ...differs];
  const lines = verdict === "bad input" || verdict === "unused declaration" ? c.lines : [c.summary];
  return lines.map((message) => {
    const place = { file, line: 1, ...placeOf(message) };
    return { rule: ruleId(verdict), message, places: [place], key: message };
  });
}

function location({ file, line, column }: Result["places"][number]) {
  const region = { startLine: line, ...(column === undefined ? {} : { startColumn: column }) };
  return { physicalLocation: { artifactLocation: { uri: uri(file) }, region } };
}

/** A path as a relative URI reference, or a file URI. */
function uri(path: string): string {
  const encoded = path.split("/").map(encodeURIComponent).join("/");
  return path.startsWith("/") ? `file://${encoded}` : encoded;
}

/** The same for the same result of another run, whatever line it has moved to. */
function fingerprint(c: GateCase, r: Result): string {
  return createHash("sha256").update(`${c.name}\n${r.rule}\n${r.key}`).digest("hex").slice(0, 32);
}
