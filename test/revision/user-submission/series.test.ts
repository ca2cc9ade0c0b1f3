// The stack: what each patch brings, and what a driver without it answers.

import { Effect } from "effect";
import { describe, expect, test } from "vitest";
import { loadTrace, runRevision } from "../../../src/corpus/run.ts";
import { printGolden } from "../../../src/golden/print.ts";
import { catalog } from "../../../src/revision/catalog.ts";
import { parseRevision, revisionNames } from "../../../src/revision/revision.ts";
import {
  userSubmissionFixed,
  userSubmissionLateFences,
  userSubmissionRfc,
} from "../../../src/revision/user-submission/series.ts";
import { causeChain } from "../../../src/timeline/causality.ts";
import { checkCauses } from "../../../src/cli/check-causes.ts";
import { describeEntry } from "../../../src/timeline/describe.ts";

const rfc = userSubmissionRfc.id;
const run = (trace: string, revision: string) =>
  runRevision(loadTrace(`traces/${trace}.yaml`), Effect.runSync(parseRevision(revision, catalog)));
const own = (trace: string, revision: string) => run(`user-submission/${trace}`, revision);

/** Patches that the others are built on. */
const foundations = ["~2", "~5", "~6"];

describe("the RFC", () => {
  test("has eight patches, each with its reference", () => {
    expect(userSubmissionRfc.patches).toHaveLength(8);
    for (const { source, observable } of userSubmissionRfc.patches) {
      expect(source).toMatch(/^20240828172605\.19176-\d+-mihail\.atanassov@arm\.com$/);
      expect(observable).toBeTruthy();
    }
  });

  test.each(revisionNames(userSubmissionRfc))("%s replays, or says what it lacks", (name) => {
    const refused = foundations.some((f) => name.endsWith(f));
    if (refused) expect(() => own("04-xgs-queue", name)).toThrow(/does not apply without/);
    else if (name.endsWith("@8")) expect(own("04-xgs-queue", name).unmet).toEqual([]);
    else expect(own("02-resident-direct", name).end).toEqual([]);
  });

  const calls: readonly (readonly [RegExp, number])[] = [
    [/user_group_create: return value is -22/, 2],
    [/group_kick: return value is -22/, 4],
    [/xgs_queue_create: return value is -22/, 6],
    [/sync_update: return value is -22/, 8],
  ];
  test.each(calls)("%s until its patch", (answer, patch) => {
    const trace = patch === 4 ? "03-off-slot-and-kick" : "07-xgs-timeout";
    const on = patch === 2 ? "02-resident-direct" : patch === 8 ? "04-xgs-queue" : trace;
    const lines = (n: number) => own(on, `${rfc}@${n}`).unmet.filter((l) => answer.test(l));
    expect(lines(patch - 1)).not.toEqual([]);
    expect(lines(patch)).toEqual([]);
  });

  test.each([rfc, userSubmissionFixed.id])("%s leaves kernel submission alone", (revision) => {
    const text = (name: string) => {
      const { golden } = run("single-job", name);
      return printGolden({ ...golden, header: { ...golden.header, revision: "any" } });
    };
    expect(text(revision)).toBe(text("linux-7.3"));
  });
});

describe("the corrected variants", () => {
  const name = (id: string): string => id;
  test.each([userSubmissionFixed.id, userSubmissionLateFences.id].map(name))(
    "%s runs the programs of the recordings",
    (revision) => {
      for (const trace of ["02-resident-direct", "03-off-slot-and-kick", "06-sync-update"]) {
        const { end, unmet, violated } = own(trace, revision);
        expect([trace, end, unmet, violated]).toEqual([trace, [], expect.anything(), []]);
      }
    },
  );
});

describe("the known issue of the RFC", () => {
  const trace = "usub-01-kick-during-create";
  const entries = (revision: string) => {
    const { rec, from, to } = own(trace, revision).result;
    const texts = Array.from({ length: to - from }, (_, i) => describeEntry(rec, from + i));
    const find = (of: RegExp): number => texts.findIndex((t) => of.test(t));
    const chain = (i: number): string[] =>
      causeChain(rec, from + i).map((c) => describeEntry(rec, c));
    return { find, chain };
  };

  test("a group is bound while GROUP_CREATE is at work, because of a kick, and scheduled twice", () => {
    const { find, chain } = entries(rfc);
    const bound = find(/user_db_zap bind handle,csg a=0x3/);
    expect(bound).toBeGreaterThan(find(/race_window_begin/));
    expect(bound).toBeLessThan(find(/race_window_end/));
    expect(chain(bound).at(-1)).toMatch(/kicker-\d+ .*ioctl_begin: name=GROUP_KICK/);
    const twice = find(/check scheduled-once: group 3 twice in a tick/);
    expect(twice).toBeGreaterThan(bound);
    expect(chain(twice).some((t) => t.includes("function=tick_work"))).toBe(true);
  });

  test("the report goes from both double schedulings back to the three calls", () => {
    const { rec, from, to } = own(trace, rfc).result;
    const stories = checkCauses(rec, from, to).join("\n").split("\n\n");
    const calls = stories.map((story) => /ioctl_begin: name=(\w+)(?=[^\n]*$)/.exec(story)?.[1]);
    expect(calls).toEqual(["GROUP_CREATE", "GROUP_DESTROY", "GROUP_KICK"]);
    expect(stories[0]).toContain("group 3 goes to the idle list, and has slot 2");
    expect(stories[1]).toContain("group 3 twice in a tick");
    expect(stories[2]).toContain("user_db_zap bind handle,csg a=0x3 b=0x2");
  });

  test("is gone in the corrected variant", () => {
    const { find } = entries(userSubmissionFixed.id);
    expect(find(/user_db_zap bind handle,csg a=0x3/)).toBeGreaterThan(find(/race_window_end/));
    expect(find(/scheduled-once|Oops/)).toBe(-1);
  });
});
