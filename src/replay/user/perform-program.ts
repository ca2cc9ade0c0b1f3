// What a program does besides calling the driver.

import { done } from "../../machine/core/op.ts";
import type { programEvents } from "../../trace/events/program.ts";
import { printDuration } from "../../trace/units.ts";
import { forkClockReads } from "../../machine/kthread.ts";
import type { Performers } from "./context.ts";
import { TraceRunError } from "./env.ts";

export const performProgram: Performers<keyof typeof programEvents> = {
  *sleep(c, args) {
    c.mark(`sleep ${printDuration(args.for)} begin`);
    const ret = yield* c.env.linux.time.nanosleep(args.for);
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

  *fork(c, args) {
    const { time, m } = c.env.linux;
    const start = c.run.forked.get(args.pid);
    if (start === undefined) {
      throw new TraceRunError(c.line, `no task with pid ${args.pid} is there to be started`);
    }
    c.run.forked.delete(args.pid);
    for (let i = 0; i < forkClockReads; i++) yield* time.ktimeGet();
    m.preemptDisable();
    start();
    yield* m.preemptEnable();
    return 0;
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
    yield* c.env.kernel.setProfiling(args.mask);
    return 0;
  },

  *show(c, args) {
    c.lines(args.name, yield* c.env.kernel.show(args.name), args.has);
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

  *plug(c) {
    c.mark("plug begin");
    const ret = yield* c.env.kernel.plug();
    c.mark("plug end");
    return ret;
  },

  *unbind(c) {
    c.mark("unbind");
    yield* c.env.kernel.unbind();
    c.mark("unbind end");
    return 0;
  },
};
