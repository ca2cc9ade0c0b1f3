// How often the code between dd11c7dec74b and the atomic updates waits for a command of an address
// space, and what it does for an empty range.

import { Effect, Either } from "effect";
import { describe, expect, it } from "vitest";
import { type CorpusRun, runRevision } from "../../../src/corpus/run.ts";
import { catalog } from "../../../src/revision/catalog.ts";
import { parseRevision } from "../../../src/revision/revision.ts";
import { parseTrace } from "../../../src/trace/parse.ts";

const trace = (...events: readonly string[]): string => `
version: 1
name: waits
description: One bind of a resident VM.
profile: zero-cost-lock-events
known_findings:
  - check: unmap-region
    text: "*unmapped, but on AS*"
    reason: What is waited for is what this is about.
streams:
  long: |
    run 5ms
setup:
  - |
    app-100 +0: plug:
    app-100 +0: sleep: for=200ms
    app-100 +0: open:
    app-100 +0: vm_create: vm=vm0
    app-100 +0: bo_create: bo=cs0 size=64KiB vm=vm0
    app-100 +0: bo_write: bo=cs0 offset=0x0 stream=long
    app-100 +0: vm_bind: vm=vm0 op=map bo=cs0 va=0x1000000 size=64KiB
    app-100 +0: bo_create: bo=data size=64KiB vm=vm0
    app-100 +0: vm_bind: vm=vm0 op=map bo=data va=0x5001000 size=4KiB
    app-100 +0: group_create: group=g0 vm=vm0 queue={}
    app-100 +0: syncobj_create: sync=s0
events:
  - |
    app-100 +0: group_submit: group=g0 stream=long signal=s0:1
    app-100 +0: sleep: for=2ms
${events.map((e) => `    app-100 +0: ${e}`).join("\n")}
`;

function run(text: string, patches: number): CorpusRun {
  const revision = Effect.runSync(parseRevision(`atomic-pt-merged@${patches}`, catalog));
  return runRevision(Either.getOrThrow(parseTrace(text)), revision);
}

/** What the program's bind does to registers. */
const byApp = ({ golden }: CorpusRun): string[] =>
  golden.registers
    .filter(({ context }) => context === "app")
    .map((r) => `${r.direction} ${r.register.replace(/.*\./, "")} ${r.fields || r.value}`);

/** Waits of 100 ms for a command that hangs, a look each 10 us. */
const givenUp = (accesses: readonly string[]): number =>
  Math.round(accesses.filter((a) => a === "R AS1_STATUS AS_ACTIVE").length / 1e4);

describe("each command is waited for", () => {
  const map = trace("vm_bind: vm=vm0 op=map bo=data va=0x5000000 size=4KiB");
  // LOCK and UNLOCK were waited for before d2c6fde56d45, which has the wait in one place.
  it.each([1, 2, 3, 4, 5])("once, with %i patches", (patches) => {
    expect(byApp(run(map, patches))).toEqual([
      "W AS1_LOCKADDR_LO 0500000e",
      "W AS1_LOCKADDR_HI 00000000",
      "R AS1_STATUS 00000000",
      "W AS1_COMMAND LOCK",
      "R AS1_STATUS AS_ACTIVE",
      "R AS1_STATUS 00000000",
      expect.stringMatching(/^W GPU_CMD /),
      "R AS1_STATUS 00000000",
      "W AS1_COMMAND UNLOCK",
      "R AS1_STATUS AS_ACTIVE",
      "R AS1_STATUS 00000000",
    ]);
  });

  const hung = trace(
    "as_command_stuck: commands=lock",
    "vm_bind: vm=vm0 op=map bo=data va=0x5000000 size=4KiB ret=-ETIMEDOUT",
  );
  it.each([2, 3, 4])("and given up after 100 ms, with %i patches", (patches) => {
    const accesses = byApp(run(hung, patches));
    expect(givenUp(accesses)).toBe(1);
    expect(accesses.filter((access) => access.startsWith("W GPU_CMD"))).toEqual([]);
  });
});

describe("a map that fails at its first page", () => {
  const refused = trace(
    "pt_forge: space=1 va=0x5000000",
    "vm_bind: vm=vm0 op=map bo=data va=0x5000000 size=4KiB ret=-EEXIST",
  );

  it.each([
    [3, 1],
    [4, 0],
    [5, 0],
  ])("with %i patches, flushes %i times for its empty range", (patches, times) => {
    const flushes = byApp(run(refused, patches)).filter((a) => a.startsWith("W GPU_CMD"));
    expect(flushes).toHaveLength(times);
  });
});
