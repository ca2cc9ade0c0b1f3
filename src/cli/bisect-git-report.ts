// What a bisection over git history found, for a person.

import type { GitBisectResult, JudgedCommit } from "../bisect/git/bisect.ts";
import type { Commit } from "../bisect/git/history.ts";
import type { StepCounts } from "../bisect/git/steps.ts";
import { wrap } from "../report/series.ts";
import { plural } from "../report/text.ts";

/** The report. */
export function gitText(
  about: { readonly good: string; readonly bad: string; readonly predicate: string },
  result: GitBisectResult,
): string[] {
  const range = `${about.good}..${about.bad}`;
  return [...verdict(range, about.predicate, result), ...sureness(result), ...told(range, result)];
}

function verdict(range: string, predicate: string, r: GitBisectResult): string[] {
  const [first] = r.suspects;
  if (r.certainty === "found") {
    return [
      ...wrap(`commit ${first.short} ${predicate}:`, 0, 2),
      "",
      ...commitLines(first),
      "",
      ...(r.evidence === "" ? [] : [...wrap(`What shows it: ${r.evidence}`, 2, 2), ""]),
    ];
  }
  if (r.certainty === "narrowed") {
    return [
      ...wrap(`one of these commits ${predicate}:`, 0, 2),
      "",
      ...r.suspects.flatMap((c, i) => {
        const note = i === 0 ? "" : " (cannot be judged)";
        return wrap(`${c.short} ${c.subject}${note}`, 2, 4);
      }),
      "",
    ];
  }
  if (r.certainty === "none") return wrap(`no commit of ${range} ${predicate}`, 0, 2);
  return wrap(`${range} cannot be searched`, 0, 2);
}

function commitLines({ id, subject, author, date, parents }: Commit): string[] {
  const merge = parents.length > 1 ? [`  a merge of ${plural(parents.length, "parent")}`] : [];
  return [`  ${id}`, ...wrap(subject, 2, 4), `  ${author}, ${date.slice(0, 10)}`, ...merge];
}

function sureness({ certainty, trials, reasons }: GitBisectResult): string[] {
  const lines = reasons.flatMap((reason) => wrap(`- ${reason}`, 0, 2));
  if (certainty !== "found" || trials === null) return lines;
  const reverted = trials.reverted.outcome === "confirms";
  const picked = trials.picked.outcome === "confirms";
  const how = [reverted ? "by reverting it" : "", picked ? "by it alone" : ""];
  const confirmed = how.filter((h) => h !== "").join(" and ");
  const sure = confirmed === "" ? "By the order of the commits only." : `Confirmed ${confirmed}.`;
  return [sure, ...lines];
}

function told(range: string, { judged, count }: GitBisectResult): string[] {
  const lines = [`judged ${plural(judged.length, "commit")}; ${range} has ${count}:`];
  for (const { commit, judgement, line } of judged) {
    lines.push(...wrap(`${judgementWord(judgement)} ${commit.short} ${commit.subject}`, 2, 6));
    if (judgement === "skip") lines.push(...wrap(line, 6, 6));
  }
  return lines;
}

function judgementWord(judgement: JudgedCommit["judgement"]): string {
  return judgement === "skip" ? "cannot be judged:" : `${judgement}:`;
}

/** How much was installed and built, and how much was there from before. */
export function keptText(counts: StepCounts, cache: string | null): string[] {
  const { setups, setupsKept, builds, buildsKept } = counts;
  const parts = [
    ["installation", setups, setupsKept],
    ["build", builds, buildsKept],
  ] as const;
  const told = parts.flatMap(([what, done, kept]) =>
    done + kept === 0 ? [] : [`${plural(done, what)}, ${kept} taken from those kept`],
  );
  if (told.length === 0) return [];
  return wrap(`${told.join("; ")}${cache === null ? "" : ` (${cache})`}`, 0, 2);
}
