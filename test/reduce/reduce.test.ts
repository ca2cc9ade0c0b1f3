// Reduction, judged without replays: it keeps what is asked for, ends at a fixpoint, goes the same
// way whoever helps, and takes objects with all that depends on them.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { HoldsJudge } from "../../src/reduce/engine.ts";
import { prune } from "../../src/reduce/prune.ts";
import { reduceTrace } from "../../src/reduce/reduce.ts";
import { mapLines, withoutItems } from "../../src/reduce/items.ts";
import { titled } from "../../src/reduce/title.ts";
import { lighter, weightOf } from "../../src/reduce/weight.ts";
import { canonical } from "../../src/reduce/engine.ts";
import type { Trace } from "../../src/trace/trace.ts";
import { events, names, read } from "./traces.ts";

const busy = read(`version: 1
name: busy
description: Two groups, three tasks, a heap and faults.
cpus: 2
hz: 1000
options: {swap: 64MiB}
faults:
  - "irq_lost: line=job count=2"
  - "sync_mute: count=3"
streams:
  work: |
    move48 d0, heap0.context
    heap_set d0
    run 137us
  short: |
    run 1us
setup:
  - |
    app-1 +0: plug:
    app-1 +200ms: open: file=node
    app-1 +0: vm_create: vm=alpha file=node
    app-1 +0: vm_create: vm=beta file=node
    app-1 +0: tiler_heap_create: heap=heap0 vm=alpha
events:
  - repeat:
      count: 40
      events:
        - |
          app-1 +0: bo_create: bo=b$i size=64KiB file=node
          app-1 +0: vm_bind: vm=alpha op=map bo=b$i va=0x1000000 size=64KiB
          app-1 +0: vm_bind: vm=alpha op=unmap va=0x1000000 size=64KiB
  - |
    app-1 [001] +3ms: bo_create: bo=code size=64KiB file=node
    app-1 +0: bo_write: bo=code stream=work
    app-1 +0: vm_bind: vm=beta bind={op=map bo=code va=0x2000000 size=64KiB} bind={op=map bo=b39 va=0x3000000 size=64KiB}
    app-1 +0: group_create: group=one vm=alpha queue={} queue={priority=3}
    app-1 +0: group_create: group=two vm=beta queue={}
    app-1 +0: syncobj_create: sync=in file=node
    app-1 +0: syncobj_create: sync=out file=node
    other-2 1.5: syncobj_timeline_signal: sync=in:1
    app-1 +0: group_submit: group=two stream=work wait=in:1 signal=out:1,in:2
    app-1 +0: group_submit: group=one job={stream=short} job={stream=work signal=out:2}
    third-3 +1ms: syncobj_timeline_wait: sync=out:1,out:2 all timeout=1s
    device +7ms: irq_spurious: line=mmu
    app-1 +0: gem_close: bo=code
`);

const has =
  (...wanted: readonly string[]) =>
  (trace: Trace): boolean =>
    wanted.every((name) => names(trace).includes(name));

/** The busy trace without some runs of its items. */
const anyTrace = fc
  .array(fc.tuple(fc.nat(30), fc.integer({ min: 1, max: 6 })), { maxLength: 6 })
  .map((cuts) => prune(cuts.reduce((t, [at, n]) => withoutItems(t, at, at + n), busy)));

/** Answers late, in an order of its own. */
const lateJudge =
  (judge: (trace: Trace) => boolean): HoldsJudge =>
  async (trace, text) => {
    for (let i = text.length % 7; i > 0; i--) await Promise.resolve();
    return judge(trace);
  };

describe("reducing", () => {
  it.each([
    ["an event that needs nothing", ["clock"], []],
    ["a signal of a sync object", ["syncobj_timeline_signal"], ["open", "syncobj_create"]],
    ["an interrupt", ["irq_spurious"], []],
    ["a submission", ["group_submit"], ["open", "vm_create", "group_create"]],
    ["a closed buffer", ["gem_close"], ["open", "bo_create"]],
  ])("leaves %s and what it needs", async (_, wanted, needed) => {
    const withClock = mapLines(busy, (line) => line);
    const trace: Trace = {
      ...withClock,
      events: [...withClock.events, ...read(clock).events],
    };
    const result = await reduceTrace(trace, { judge: has(...wanted) });
    expect(names(result.trace)).toEqual([...needed, ...wanted]);
    expect(result.trace.faults).toEqual([]);
    expect(result.trace.hz).toBe(250);
    expect(result.trace.options.swap).toBe(0);
  });

  it("rounds, renumbers, and leaves out what may be left out", async () => {
    const judge = (trace: Trace): boolean =>
      events(trace).some(
        ({ action, at }) =>
          action.name === "group_submit" &&
          at.ns === 0 &&
          action.args.job.some((j) => j.stream !== undefined && j.wait?.length === 1),
      ) && trace.streams.some((s) => s.code.some((i) => i.op === "run" && i.args.for > 90_000));
    const { text } = await reduceTrace(busy, { judge });
    expect(text).toBe(`version: 1
name: busy
description: Two groups, three tasks, a heap and faults.
streams:
  stream0: |
    run 100us
setup:
  - |
      app-1 +0: open:
      app-1 +0: vm_create: vm=vm0
events:
  - |
      app-1 +0: group_create: group=group0 vm=vm0
      app-1 +0: syncobj_create: sync=sync0
      app-1 +0: group_submit: group=group0 stream=stream0 wait=sync0:1
`);
  });

  it("finds how many iterations it takes, and writes few of them out", async () => {
    const binds = (trace: Trace): number => names(trace).filter((n) => n === "vm_bind").length;
    const many = await reduceTrace(busy, { judge: (trace) => binds(trace) >= 33 });
    expect(binds(many.trace)).toBe(33);
    const few = await reduceTrace(busy, { judge: (trace) => binds(trace) >= 3 });
    expect(names(few.trace)).toEqual(["open", "vm_create", "vm_bind", "vm_bind", "vm_bind"]);
  });

  it("numbers points from 1, in their order", async () => {
    const waits = read(`version: 1
name: waits
description: Waits.
promises:
  - "fence s:40 signalled <= 1ms after queued"
  - "every job signalled, by hardirq"
events:
  - |
    a-1 +0: open:
    a-1 +0: syncobj_create: sync=s
    a-1 +0: syncobj_timeline_signal: sync=s:40
    a-1 +0: syncobj_timeline_wait: sync=s:7 timeout=0
`);
    const both = has("syncobj_timeline_signal", "syncobj_timeline_wait");
    const judge = (t: Trace): boolean => both(t) && t.promises.some((p) => p.fence !== null);
    const { text } = await reduceTrace(waits, { judge });
    expect(text).toContain("syncobj_timeline_signal: sync=sync0:2\n");
    expect(text).toContain("syncobj_timeline_wait: sync=sync0:1\n");
    expect(text).toContain("fence sync0:2 signalled");
    expect(text).not.toContain("every job");
  });

  it("tries nothing where it does not hold", async () => {
    const result = await reduceTrace(busy, { judge: () => false });
    expect([result.holds, result.judged]).toEqual([false, 0]);
  });

  it("keeps what is asked for, gets lighter, and ends at a fixpoint, whoever helps", async () => {
    const kept = fc.array(fc.nat(), { minLength: 1, maxLength: 3 });
    await fc.assert(
      fc.asyncProperty(anyTrace, kept, fc.integer({ min: 2, max: 5 }), async (t, picks, hands) => {
        const all = names(t);
        fc.pre(all.length > 0 && canonical(t) !== null);
        const wanted = picks.map((n) => all[n % all.length]);
        const judge = has(...wanted);
        const result = await reduceTrace(t, { judge });
        expect(result.holds && judge(result.trace)).toBe(true);
        expect(judge(read(result.text))).toBe(true);
        expect(lighter(weightOf(t), weightOf(result.trace))).toBe(false);
        const again = await reduceTrace(result.trace, { judge });
        expect([again.text, again.steps]).toEqual([result.text, 0]);
        let asked = 0;
        const more = (): number => 1 + (asked++ % hands);
        const helped = await reduceTrace(t, { judge: lateJudge(judge), hands: more });
        expect(helped.text).toBe(result.text);
      }),
      { numRuns: 10 },
    );
  });

  it("goes on where it was ended, to the same result", async () => {
    const judge = has("group_submit", "irq_spurious");
    const whole = await reduceTrace(busy, { judge });
    for (const after of [1, 7, 20]) {
      const memo = new Map<string, boolean>();
      let left = after;
      const broken = reduceTrace(busy, {
        memo,
        judge: (trace) => {
          if (left-- === 0) throw new Error("killed");
          return judge(trace);
        },
      });
      await expect(broken).rejects.toThrow("killed");
      expect(memo.size).toBe(after);
      const rest = await reduceTrace(busy, { judge, memo });
      expect(rest.text).toBe(whole.text);
      expect(rest.judged).toBeLessThanOrEqual(whole.judged + 1 - after);
    }
  });
});

const clock = `version: 1
name: clock
description: Reads the clock.
events:
  - "app-1 +0: clock:"
`;

describe("comments", () => {
  const noted = read(`# what it is about
version: 1
name: noted
description: Several things. And more.
# faster
hz: 1000
faults:
  # the first
  - "irq_lost: line=job count=1"
streams:
  # long work
  work: |
    run 100us # for long
events:
  - |
    # into the device
    app-1 +0: open:
    # a clock
    app-1 +0: clock:
  # thrice
  - repeat:
      count: 3
      events:
        # a buffer
        - "app-1 +0: bo_create: bo=b$i size=4KiB"
  - |
    # not needed
    app-1 +0: dev_query: type=gpu_info
    # what it waits for
    app-1 +0: syncobj_create: sync=s
    # nothing after this
`);

  it("stay with what is kept, and go with what goes", async () => {
    const buffers = (t: Trace): number => names(t).filter((n) => n === "bo_create").length;
    const judge = (t: Trace): boolean => buffers(t) >= 2 && names(t).includes("syncobj_create");
    const { text, trace } = await reduceTrace(noted, { judge });
    const kept = [...text.matchAll(/# (.*)$/gm)].map((m) => m[1]);
    expect(kept).toEqual([
      "what it is about",
      "into the device",
      "thrice",
      "a buffer",
      "what it waits for",
    ]);
    const again = await reduceTrace(trace, { judge });
    expect([again.text, again.steps]).toEqual([text, 0]);
  });

  it("and the first sentence of the description stays", () => {
    const title = { predicate: "hangs", bad: "b", good: null, revision: null, profile: null };
    expect(titled(noted, title).description).toBe("b hangs. Reduced from noted: Several things.");
  });
});

describe("taking out objects", () => {
  const without = (name: string): Trace =>
    prune(
      mapLines(busy, (line) => {
        const args = line.event.action.args as { readonly [key: string]: unknown };
        return Object.values(args)[0] === name && line.event.action.name.endsWith("_create")
          ? null
          : line;
      }),
    );

  it("takes what depends on them, and only that", () => {
    const all = names(busy);
    const group = names(without("one"));
    expect(all.length - group.length).toBe(2);
    const vm = names(without("beta"));
    // The other VM's bind, its group and the submission to it.
    expect(all.length - vm.length).toBe(4);
  });

  it("takes a block, a point of a list or an optional name where that does", () => {
    const text = canonical(without("in"))!.text;
    expect(text).toContain("group=two stream=work signal=out:1\n");
    expect(text).not.toMatch(/syncobj_timeline_signal|=in/);
    const noBuffer = canonical(without("code"))!.text;
    expect(noBuffer).toContain("vm_bind: vm=beta op=map bo=b39 va=0x3000000");
  });

  it("takes instructions of a heap that is gone", () => {
    const text = canonical(without("heap0"))!.text;
    expect(text).not.toContain("heap0");
    expect(text).toContain("run 137us");
  });
});

describe("the title of a reduced trace", () => {
  const title = { predicate: "hangs", bad: "b", good: "a", revision: null, profile: null };

  it("says what it shows and what it was, once", () => {
    const first = titled(busy, title);
    expect([first.name, first.description]).toEqual([
      "busy-reduced",
      "b hangs, and a does not. Reduced from busy: Two groups, three tasks, a heap and faults.",
    ]);
    expect(titled(first, title)).toEqual(first);
  });
});
