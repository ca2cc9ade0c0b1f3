// Bisecting inside a trace: the shortest prefix at which two revisions part.

import { join } from "node:path";
import * as Either from "effect/Either";
import { describe, expect, it } from "vitest";
import { bisectInside, type InsideRequest } from "../../src/bisect/inside.ts";
import { eventsOf, flatten, inOrderOfStart, only } from "../../src/bisect/flat.ts";
import { observe, type Observed } from "../../src/bisect/observe.ts";
import { timelineDiffers } from "../../src/bisect/predicate.ts";
import { warningHas } from "../../src/bisect/predicate-report.ts";
import { containing } from "../../src/bisect/pattern.ts";
import { stackRevision } from "../../src/bisect/stack.ts";
import { loadTrace } from "../../src/corpus/run.ts";
import { profiles } from "../../src/device/profile/index.ts";
import { diffGoldens } from "../../src/diff/typed.ts";
import { read } from "../reduce/traces.ts";

const revision = (name: string) => Either.getOrThrow(stackRevision(name));
const base = revision("linux-7.3");

const sceneOf = (name: string) => {
  const trace = loadTrace(join("traces", `${name}.yaml`));
  return { trace, profileName: trace.profile, profile: profiles[trace.profile] };
};

const bisect = (name: string, bad: string, more: Partial<InsideRequest> = {}) =>
  bisectInside({
    scene: sceneOf(name),
    good: base,
    bad: revision(bad),
    predicate: timelineDiffers,
    ...more,
  });

describe("bisecting inside a trace", () => {
  it("finds the wait during which the timelines part, and the call that led there", async () => {
    const result = await bisect("single-job", "irq-latency-v3@5");
    if (!result.found) throw new Error(result.reason);
    const scene = sceneOf("single-job");
    const all = eventsOf(flatten(scene.trace));
    expect(result.event.action.name).toBe("syncobj_timeline_wait");
    expect(result.origin!.action.name).toBe("group_submit");
    expect([result.number, result.count]).toEqual([11, all.length]);
    // It is the shortest: with it they part, without it they do not.
    const differs = (trace: typeof scene.trace): boolean => {
      const [a, b] = [base, revision("irq-latency-v3@5")].map((r) =>
        observe({ ...scene, trace }, r),
      );
      if (!a.ok || !b.ok) throw new Error("cannot be replayed");
      return diffGoldens(a.observation.golden, b.observation.golden).first !== null;
    };
    expect(differs(result.prefix)).toBe(true);
    const events = eventsOf(result.prefix);
    expect(differs(only(result.prefix, new Set(events.slice(0, -1))))).toBe(false);
  });

  it("finds an event of the device, and the same with more hands", async () => {
    const request = { predicate: warningHas(containing("panthor_fw_resume")) };
    const one = await bisect("corpus/resume-fails", "corpus/resume-error-lost", request);
    const replay = async (trace: InsideRequest["scene"]["trace"], r: typeof base) =>
      observe({ ...sceneOf("corpus/resume-fails"), trace }, r);
    const many = await bisect("corpus/resume-fails", "corpus/resume-error-lost", {
      ...request,
      replay,
      hands: () => 6,
    });
    if (!one.found || !many.found) throw new Error("not found");
    expect(many.number).toBe(one.number);
    expect(one.evidence).toContain("panthor_fw_resume");
  });

  it("finds nothing where nothing differs, and says what cannot be replayed", async () => {
    const same = await bisect("01-probe", "irq-latency-v3@1");
    expect(same).toMatchObject({ found: false, judged: true });
    const broken: Observed = { ok: false, reason: "no such register", failure: "defect" };
    const none = await bisect("01-probe", "irq-latency-v3@1", { replay: async () => broken });
    expect(none).toMatchObject({ found: false, judged: false });
  });

  it("orders events by when they begin, not by where they stand", () => {
    const trace = flatten(
      read(`version: 1
name: two
description: Two programs.
events:
  - |
    a-1 +5ms: clock:
    a-1 +0: mark: text=last
    b-2 +1ms: clock:
  - repeat:
      count: 2
      events:
        - |
          b-2 +0: mark: text=m$i
`),
    );
    const scene = { trace, profileName: "zero-cost", profile: profiles["zero-cost"] };
    const order = inOrderOfStart(scene, base).map((e) => eventsOf(trace).indexOf(e));
    expect(order).toEqual([2, 3, 4, 0, 1]);
  });
});
