// Failures of the corpus and of a mutant, in traces made larger by seeded noise: each comes down to
// the events that it takes.

import { join } from "node:path";
import * as Either from "effect/Either";
import { describe, expect, it } from "vitest";
import { parsePredicate } from "../../src/bisect/predicate-parse.ts";
import { stackRevision } from "../../src/bisect/stack.ts";
import { loadTrace } from "../../src/corpus/run.ts";
import { profiles } from "../../src/device/profile/index.ts";
import { evidenceIn } from "../../src/reduce/judge.ts";
import { reduceTrace } from "../../src/reduce/reduce.ts";
import { noisy } from "./noise.ts";
import { events, names } from "./traces.ts";

interface Failure {
  readonly trace: string;
  readonly bad: string;
  readonly predicate: string;
  /** Programs of noise; two or three where left out. */
  readonly programs?: number;
  /** What it takes, nothing of which can be left out. */
  readonly minimal: readonly string[];
}

const vm = ["plug", "open", "vm_create"];
const job = [...vm, "bo_create", "bo_write", "vm_bind", "group_create"];
const mapped = [...vm, "bo_create", "vm_bind"];

const failures: readonly Failure[] = [
  {
    trace: "corpus/bind-arguments",
    bad: "corpus/bo-offset-unchecked",
    predicate: "result vm_bind",
    minimal: mapped,
  },
  {
    trace: "corpus/coherent-probe",
    bad: "corpus/coherency-before-power",
    predicate: "check unpowered-access",
    minimal: ["plug"],
  },
  {
    trace: "corpus/boot-fails-in-probe",
    bad: "corpus/halt-at-unplug",
    predicate: "warning NULL pointer",
    minimal: ["plug"],
  },
  {
    trace: "corpus/group-arguments",
    bad: "corpus/mmap-offset-of-no-mmap",
    predicate: "result bo_mmap_offset",
    minimal: ["plug", "open", "bo_create", "bo_mmap_offset"],
  },
  {
    trace: "corpus/partial-unmap",
    bad: "corpus/one-vma-for-unmap",
    predicate: "warning NULL pointer",
    minimal: [...mapped, "vm_bind"],
  },
  {
    trace: "corpus/oom-without-heap",
    bad: "corpus/oom-error-pointer",
    predicate: "warning Unable to handle kernel",
    programs: 1,
    minimal: [...job, "group_submit"],
  },
  {
    trace: "corpus/group-arguments",
    bad: "corpus/queue-count-unchecked",
    predicate: "result group_create",
    minimal: [...vm, "group_create"],
  },
  {
    trace: "corpus/as-stuck-in-probe",
    bad: "corpus/reset-during-init",
    predicate: "warning NULL pointer",
    minimal: ["plug"],
  },
  {
    trace: "corpus/resume-fails",
    bad: "corpus/resume-error-lost",
    predicate: "warning panthor_fw_resume",
    minimal: ["plug", "boot_fail"],
  },
  {
    trace: "single-job",
    bad: "irq-latency-mutant-irq-thread-takes-sched-lock",
    predicate: "fence any later than 50ms after queued",
    programs: 1,
    minimal: [...job, "syncobj_create", "group_submit", "syncobj_timeline_wait"],
  },
];

const none = {
  golden: () => {
    throw new Error("no golden");
  },
};

describe("failures in noise", () => {
  it.each(failures)("$bad takes $minimal", async ({ programs, minimal, ...failure }) => {
    const { trace: name, bad, predicate } = failure;
    const own = loadTrace(join("traces", `${name}.yaml`));
    const trace = noisy(own, name.length, programs);
    const sought = {
      predicate: parsePredicate(predicate, none),
      bad: Either.getOrThrow(stackRevision(bad)),
      good: Either.getOrThrow(stackRevision("linux-7.3")),
      profileName: own.profile,
      profile: profiles[own.profile],
      entriesMax: 100_000,
      declared: [],
    };
    const result = await reduceTrace(trace, { judge: (t) => evidenceIn(t, sought) !== null });
    expect(events(trace).length).toBeGreaterThan(events(own).length + 10 * (programs ?? 2));
    expect(result.holds).toBe(true);
    expect(names(result.trace)).toEqual(minimal);
    expect(evidenceIn(result.trace, sought)).not.toBeNull();
  });
});
