// A job makes progress as long as nothing holds it up: it is run within a bound of the moment when
// its dependencies and the jobs before it on its entity are through, and its finished fence signals
// in the same step in which the scheduler takes it for done. One that no hardware executes, of
// VM_BIND, is done within a bound of its run. What a job may wait for without end
// (a fence of somebody else, room in the ring) has its own bound, or is the user's.

import type { CheckSpec } from "./check.ts";
import { FenceMap } from "./fence-map.ts";

/** Room for a resume, and for a reset with all its time-outs. */
const runBoundNs = 10e9;
/** A bind waits for commands of an address space, and for a bind before it. */
const bindBoundNs = 10e9;
/** drm_sched_job_done and the finished fence are one step. */
const doneBoundNs = 1e6;

interface Job {
  /** Context and sequence number of its finished fence; the context is the entity's. */
  readonly context: number;
  readonly seqno: number;
  readonly ring: number;
  /** For a fence of somebody else. */
  waits: boolean;
  /** When nothing was left to hold it up; Infinity while something is. */
  ready: number;
  /** When it was taken for done; Infinity before. */
  done: number;
  /** When it was run; Infinity before. */
  run: number;
}

export const jobProgressCheck: CheckSpec = {
  name: "job-progress",
  rule: `a job that nothing holds up is run within ${runBoundNs / 1e9} s, and done when it is done`,
  make({ rec, report }) {
    /** Jobs whose finished fence has not signalled. */
    const jobs = new FenceMap<Job>();
    /** Jobs by the fence that they wait for. */
    const waiters = new FenceMap<Job[]>();
    /** Jobs that have not run. An entity's are queued, and run, in the order of their fences. */
    const queued = new FenceMap<Job>();
    const { at } = rec;
    const bindRing = rec.str("panthor-vm-bind");
    const late = (index: number, job: Job, what: string, from: number, bound: number): void => {
      const took = at.now - from;
      if (took <= bound) return;
      const { ring, context, seqno } = job;
      const name = `${rec.string(ring)} ${context}:${seqno}`;
      report(index, `job ${name} is ${what} ${(took / 1e9).toFixed(3)} s after it could be`);
    };
    /** The time of the first job of an entity begins (again). */
    const restart = (context: number, now: number): void => {
      const head = queued.first(context);
      if (head !== undefined && !head.waits) head.ready = now;
    };
    const leave = (job: Job, now: number): void => {
      const { context, seqno } = job;
      const first = queued.first(context) === job;
      if (queued.delete(context, seqno) && first) restart(context, now);
    };

    return {
      on: {
        drm_sched_job_queue(_index, context, seqno, ring) {
          const job: Job = {
            context,
            seqno,
            ring,
            waits: false,
            ready: Infinity,
            done: Infinity,
            run: Infinity,
          };
          jobs.set(context, seqno, job);
          queued.set(context, seqno, job);
          if (queued.first(context) === job) job.ready = at.now;
        },
        drm_sched_job_unschedulable(_index, context, seqno, depContext, depSeqno) {
          const job = jobs.get(context, seqno);
          if (job === undefined) return;
          job.waits = true;
          job.ready = Infinity;
          const others = waiters.get(depContext, depSeqno);
          if (others === undefined) waiters.set(depContext, depSeqno, [job]);
          else others.push(job);
        },
        drm_sched_job_run(index, context, seqno) {
          const job = jobs.get(context, seqno);
          if (job === undefined) return;
          late(index, job, "run", job.ready, runBoundNs);
          leave(job, at.now);
          job.run = at.now;
        },
        drm_sched_job_done(index, context, seqno) {
          const job = jobs.get(context, seqno);
          if (job === undefined) return;
          if (job.ring === bindRing) late(index, job, "done", job.run, bindBoundNs);
          job.done = at.now;
          // Its credits are free: what waited for them can run now.
          restart(job.context, job.done);
        },
        dma_fence_signaled(index, _driver, _timeline, context, seqno) {
          const { now } = at;
          const waiting = waiters.get(context, seqno);
          if (waiting !== undefined) {
            waiters.delete(context, seqno);
            for (const job of waiting) {
              job.waits = false;
              restart(job.context, now);
            }
          }
          const job = jobs.get(context, seqno);
          if (job === undefined) return;
          if (job.done !== Infinity) late(index, job, "finished", job.done, doneBoundNs);
          leave(job, now);
          jobs.delete(context, seqno);
        },
      },
    };
  },
};
