// The golden gate as KCIDB I/O data, version 5.3 (github.com/kernelci/kcidb-io): what kernel CI
// systems send to the common report database. The commit is the checkout, a driver revision on a
// cost profile is a build, a replay is a test. Ids follow from these names alone: a run that is
// reported twice is the same run.

import type { GateCase, GateVerdict } from "./gate.ts";

export const kcidbVersion = { major: 5, minor: 3 } as const;

/** The commit that was checked. */
export interface KcidbSource {
  readonly commit: string;
  readonly repository: string | null;
  readonly branch: string | null;
}

type Status = "FAIL" | "ERROR" | "MISS" | "PASS" | "DONE" | "SKIP";

/** KCIDB's longest excerpt. */
const excerptMax = 16384;

/**
 * FAIL: the driver is judged and wanting. ERROR: the test is, so nothing is known of the driver.
 * MISS: there was no test at all.
 */
const statuses: Readonly<Record<GateVerdict, Status>> = {
  agrees: "PASS",
  differs: "FAIL",
  finding: "FAIL",
  "no golden": "ERROR",
  obsolete: "MISS",
  "unused declaration": "ERROR",
  "bad input": "ERROR",
  defect: "ERROR",
};

/** The objects of one report. */
export function kcidbReport(
  cases: readonly GateCase[],
  origin: string,
  source: KcidbSource | null,
): unknown {
  const commit = source?.commit ?? "unknown";
  const checkout = `${origin}:${commit}`;
  const builds = new Map<string, object>();
  const tests = cases.map((c) => {
    const build = buildOf(c);
    const buildId = `${checkout}/${build}`;
    if (!builds.has(build)) builds.set(build, buildObject(c, buildId, checkout, origin));
    return testObject(c, `${checkout}/${c.name}`, buildId, origin);
  });
  return {
    version: kcidbVersion,
    checkouts: [checkoutObject(checkout, origin, source)],
    builds: [...builds.values()],
    tests,
  };
}

/** `<revision>/<profile>` of a case. */
function buildOf({ name }: GateCase): string {
  return name.slice(0, Math.max(0, name.lastIndexOf("/"))) || "none";
}

function checkoutObject(id: string, origin: string, source: KcidbSource | null): object {
  return {
    id,
    origin,
    ...(source === null ? {} : { git_commit_hash: source.commit }),
    ...(source?.repository == null ? {} : { git_repository_url: source.repository }),
    ...(source?.branch == null ? {} : { git_repository_branch: text(source.branch) }),
    valid: true,
  };
}

function buildObject(
  { revision, profile }: GateCase,
  id: string,
  checkout: string,
  origin: string,
) {
  const replayed = revision !== undefined && profile !== undefined;
  return {
    id,
    origin,
    checkout_id: checkout,
    comment: replayed
      ? `panthor at ${revision}, ported, on a simulated machine with profile ${profile}`
      : "goldens and traces that are not replayed",
    ...(replayed ? { config_name: profile, misc: { revision, profile } } : {}),
    // There is nothing to compile for a revision.
    status: "PASS",
  };
}

function testObject(c: GateCase, id: string, buildId: string, origin: string): object {
  const { verdict, summary, lines, trace, digest, findings = [], differences = [] } = c;
  const kinds = new Map<string, number>();
  for (const { kind } of differences) kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
  return {
    id,
    origin,
    build_id: buildId,
    path: `panthor_replay.${pathPart(trace ?? c.name.slice(c.name.lastIndexOf("/") + 1))}`,
    status: statuses[verdict],
    ...(summary === "" ? {} : { comment: text(summary) }),
    ...(lines.length === 0 ? {} : { log_excerpt: text(lines.join("\n")).slice(0, excerptMax) }),
    environment: { comment: "panthor-replay: simulated Linux and simulated Mali CSF GPU" },
    misc: {
      verdict,
      file: c.file,
      ...(c.golden === undefined ? {} : { golden: c.golden }),
      ...(digest === undefined ? {} : { timeline_digest: digest }),
      ...(kinds.size === 0 ? {} : { differences: Object.fromEntries(kinds) }),
      ...(findings.length === 0 ? {} : { findings }),
    },
  };
}

/** Test paths are letters, digits, _ and -, with dots between their parts. */
const pathPart = (name: string): string => name.replace(/[^A-Za-z0-9_-]/g, "_") || "_";

/** KCIDB takes no NUL. */
const text = (s: string): string => s.replaceAll("\0", "\ufffd");
