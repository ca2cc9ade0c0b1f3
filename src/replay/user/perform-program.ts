// What a program does besides calling the driver.

import { kernelClone } from "../../machine/fork.ts";
import { done } from "../../machine/core/op.ts";
import type { programEvents } from "../../trace/events/program.ts";
import { printDuration } from "../../trace/units.ts";
import type { Performers } from "./context.ts";

export const performProgram: Performers<keyof typeof programEvents> = {
  *sleep(c, args) {
    c.mark(`sleep ${printDuration(args.for)} begin`);
    const { clock } = c.env.linux.time;
    const end = clock.now + args.for;
    // A frozen program sleeps for the rest.
    let ret: number;
    do ret = yield* c.env.linux.time.nanosleep(Math.max(end - clock.now, 0));
    while (ret < 0 && (yield* c.env.kernel.exitToUser()));
    c.mark(`sleep ${printDuration(args.for)} end`);
    return ret;
  },

  *compute(c, args) {
    const { m } = c.env.linux;
    yield* m.spend(args.for);
    yield* m.preemptPoint();
    return 0;
  },

  *yield(c) {
    const { m } = c.env.linux;
    m.sched.setNeedResched(m.cpu!);
    yield* m.preemptPoint();
    return 0;
  },

  *clone(c, args) {
    yield* kernelClone(c.env.linux.m, () => c.run.makeClone(args.pid, args.process));
    return 0;
  },

  join(c, args) {
    return c.run.endOf(args.pid).wait();
  },

  *clock(c) {
    yield* c.env.linux.time.ktimeGet();
    return 0;
  },

  mark(c, args) {
    c.mark(args.text);
    return done(0);
  },

  record_start(c) {
    c.run.recordFrom = c.env.linux.rec.length;
    return done(0);
  },

  record_stop(c) {
    c.run.recordTo = c.env.linux.rec.length;
    return done(0);
  },

  expect(c, args) {
    if (args.ret !== "any") c.expect("return value", args.ret, c.lastReturn);
    return done(0);
  },

  *set_profiling(c, args) {
    return yield* c.env.kernel.setProfiling(args.mask);
  },

  *set_devfreq(c, args) {
    c.mark(`${args.attribute} = ${args.value}`);
    return yield* c.env.kernel.setDevfreq(args.attribute, args.value);
  },

  *show(c, args) {
    const lines = yield* c.env.kernel.show(args.name);
    if (typeof lines === "number") return lines;
    c.lines(args.name, lines, args.has);
    return 0;
  },

  *trace_event(c, args) {
    yield* c.env.kernel.setTraceEvent(args.name, !args.off);
    return 0;
  },

  *shrink(c, args) {
    c.mark(`shrink ${args.pages} pages begin`);
    const ret = yield* c.env.kernel.shrink(args.pages);
    c.mark("shrink end");
    return ret;
  },

  *system_suspend(c, args) {
    c.mark("system suspend");
    const ret = yield* c.env.kernel.systemSuspend(args.for, args.wake ?? null);
    c.mark("system resumed");
    return ret;
  },

  *plug(c) {
    c.mark("plug begin");
    const ret = yield* c.env.kernel.plug();
    c.mark("plug end");
    return ret;
  },

  *rmmod(c) {
    c.mark("rmmod");
    const ret = yield* c.env.kernel.rmmod();
    c.mark("rmmod end");
    return ret;
  },

  *unbind(c) {
    c.mark("unbind");
    yield* c.env.kernel.unbind();
    c.mark("unbind end");
    return 0;
  },
};
