import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { diffGoldens } from "../../src/diff/typed.ts";
import { goldenFormat, type Golden, type RegisterRow } from "../../src/golden/model.ts";
import { parseGolden } from "../../src/golden/parse.ts";
import { printGolden, printRegister } from "../../src/golden/print.ts";
import { stageNames } from "../../src/timeline/completion.ts";

const time = fc.integer({ min: 0, max: 1e12 });
const word = fc.stringMatching(/^[a-z][a-z0-9_/: -]{0,20}[a-z0-9]$/);
const fence = fc.record({
  fence: fc.tuple(fc.nat(99), fc.nat(9999)).map(([c, s]) => `${c}:${s}`),
  driver: word,
  timeline: word,
  init: time,
  queued: fc.constant(-1),
  run: fc.constant(-1),
  signalled: time,
  error: fc.integer({ min: -200, max: 0 }),
  by: word,
  path: fc.array(fc.stringMatching(/^[a-z_]{1,12}$/), { maxLength: 4 }),
  stages: fc.array(
    fc
      .tuple(fc.constantFrom(...stageNames), time)
      .map((t) => t as readonly [(typeof t)[0], number]),
    { maxLength: 3 },
  ),
});
const register = fc.record({
  time,
  cpu: fc.nat(7),
  context: word,
  direction: fc.constantFrom("R" as const, "W" as const),
  register: fc.stringMatching(/^[A-Z]{3,8}\.[A-Z0-9_]{3,20}$/),
  value: fc.oneof(
    fc.constant("-"),
    fc.nat(0xffffffff).map((v) => v.toString(16).padStart(8, "0")),
  ),
  fields: fc.constantFrom("", "CSG0", "GLB|CSG1"),
});
/** One access, or a poll: the same again and again. */
const registers = fc
  .array(fc.tuple(register, fc.oneof(fc.constant(1), fc.nat(40)), fc.nat(20_000)), {
    maxLength: 20,
  })
  .map((polls) =>
    polls.flatMap(([row, n, step]) =>
      Array.from({ length: n }, (_, i) => ({ ...row, time: row.time + i * step })),
    ),
  );
const golden: fc.Arbitrary<Golden> = fc.record({
  header: fc.constant({
    format: goldenFormat,
    trace: "t",
    traceDigest: "00",
    revision: "linux-7.3",
    profile: "zero-cost",
    seed: 0,
  }),
  fences: fc.uniqueArray(fence, { maxLength: 8, selector: (f) => f.fence }),
  registers,
  log: fc.array(fc.record({ time, level: fc.constant("warn"), text: word }), { maxLength: 3 }),
});

const base: Golden = parseGolden(
  `# panthor-replay golden 1
# trace: t 00
# revision: linux-7.3
# profile: zero-cost
# seed: 0

[fences]
7:1 drm_sched q init=0.000 queued=0.000 run=1.000 signalled=100.000 error=0 by=group_sync_upd_work
8:1 drm_sched q init=0.000 queued=0.000 run=1.000 signalled=110.000 error=0 by=group_sync_upd_work

[registers]
1.000 0 tick_work W DOORBELL.DOORBELL_0 0x00000001
2.000 0 hardirq R JOB.JOB_INT_STAT 0x00000001
3.000 0 hardirq W JOB.JOB_INT_MASK 0x00000000

[log]
`,
  "g",
);

describe("golden text", () => {
  it("reads back what it prints", () => {
    fc.assert(
      fc.property(golden, (g) => {
        expect(parseGolden(printGolden(g), "g")).toEqual(g);
      }),
    );
  });

  it("writes a poll once, and how often more", () => {
    const row = {
      cpu: 0,
      context: "app",
      direction: "R" as const,
      register: "MMU_AS.AS1_STATUS",
      value: "00000001",
      fields: "AS_ACTIVE",
    };
    const poll = (n: number, from = 5000): RegisterRow[] =>
      Array.from({ length: n }, (_, i) => ({ ...row, time: from + i * 10_001 }));
    const linesOf = (rows: RegisterRow[]): string[] => {
      const text = printGolden({ ...base, registers: rows });
      expect(parseGolden(text, "g").registers).toEqual(rows);
      return /\[registers\]\n([^]*)\n\n\[log\]/.exec(text)![1].split("\n");
    };
    const line = "5.000 0 app R MMU_AS.AS1_STATUS 0x00000001 AS_ACTIVE";
    expect(linesOf(poll(10_000))).toEqual([line, "... and 9999 times more, each 10.001 later"]);
    // A few are written out; what is not at the same distance begins anew.
    expect(linesOf(poll(16))).toHaveLength(16);
    expect(linesOf([...poll(20), ...poll(20, 1_000_000)])).toHaveLength(4);
    // What was written before polls were folded still reads as the same.
    const unfolded = poll(100).map(printRegister).join("\n");
    const old = printGolden({ ...base, registers: [] }).replace("[registers]\n", `$&${unfolded}\n`);
    expect(parseGolden(old, "g").registers).toEqual(poll(100));
  });

  it("never crashes on damaged text, and locates the damage", () => {
    fc.assert(
      fc.property(golden, fc.nat(), fc.nat(255), (g, at, byte) => {
        const text = printGolden(g);
        const i = at % text.length;
        const damaged = text.slice(0, i) + String.fromCharCode(byte) + text.slice(i + 1);
        try {
          parseGolden(damaged, "g");
        } catch (error) {
          expect((error as Error).name).toBe("GoldenError");
          expect((error as Error).message).toMatch(/^g:\d+:\d+: /);
        }
      }),
    );
  });
});

describe("typed difference", () => {
  it("of a golden with itself is empty", () => {
    fc.assert(
      fc.property(golden, (g) => {
        expect(diffGoldens(g, g).first).toBeNull();
      }),
    );
  });

  const cases: readonly (readonly [string, (g: Golden) => Golden, string])[] = [
    ["a fence that is not created", (g) => ({ ...g, fences: g.fences.slice(1) }), "missing"],
    [
      "a fence signalled later",
      (g) => ({ ...g, fences: [g.fences[0], { ...g.fences[1], signalled: 141_000 }] }),
      "delayed",
    ],
    [
      "a fence signalled from elsewhere",
      (g) => ({ ...g, fences: [{ ...g.fences[0], by: "irq/66-panthor-" }, g.fences[1]] }),
      "other context",
    ],
    [
      "a fence with an error",
      (g) => ({ ...g, fences: [{ ...g.fences[0], error: -62 }, g.fences[1]] }),
      "other error",
    ],
    [
      "fences signalled in another order",
      (g) => ({ ...g, fences: [{ ...g.fences[0], signalled: 120_000 }, g.fences[1]] }),
      "moved",
    ],
    ["a register access too many", (g) => extra(g), "extra"],
    [
      "another value",
      (g) => ({
        ...g,
        registers: [{ ...g.registers[0], value: "00000002" }, ...g.registers.slice(1)],
      }),
      "other value",
    ],
    [
      "accesses in another order",
      (g) => ({ ...g, registers: [g.registers[1], g.registers[2], g.registers[0]] }),
      "moved",
    ],
  ];
  const extra = (g: Golden): Golden => ({
    ...g,
    registers: [...g.registers, { ...g.registers[1], time: 4000 }],
  });
  it.each(cases)("names %s", (_, change, kind) => {
    const diff = diffGoldens(base, change(base));
    expect(diff.differences.map((d) => d.kind)).toContain(kind);
    expect(diffGoldens(base, base).first).toBeNull();
  });
});
