// Ring buffer contents: the sequence that calls a user's command stream and signals its end.
// Kernel: panthor_sched.c (7.3), copy_instrs_to_ringbuf() to calc_job_credits(),
// calc_profiling_ringbuf_num_slots().

import type { Driver } from "../driver.ts";
import type { PanthorDevice } from "../device/types.ts";
import { bit, lowBits } from "./bits.ts";
import { CsInstrs, STATE_CYCLES, STATE_TIMESTAMP } from "./cs-instr.ts";
import {
  NUM_INSTRS_PER_CACHE_LINE,
  PANTHOR_DEVICE_PROFILING_ALL,
  PANTHOR_DEVICE_PROFILING_CYCLES as CYCLES,
  PANTHOR_DEVICE_PROFILING_TIMESTAMP as TIMESTAMP,
  profilingData,
  syncobj64,
} from "./types.ts";
import type {
  PanthorJob,
  PanthorJobCsParams,
  PanthorJobRingbufInstrs,
  PanthorQueue,
} from "./types.ts";

const instrSize = 8;

const alignInstrs = (count: number): number =>
  (count + NUM_INSTRS_PER_CACHE_LINE - 1) & -NUM_INSTRS_PER_CACHE_LINE;

/** One counter, to where a profiled job keeps it. */
function storeCounter(out: CsInstrs, reg: number, va: number, state: number): void {
  out.mov48(reg, va);
  out.storeState(reg, state);
}

/** The sequence: what a profiling mask does not ask for is left out. */
function putSequence(out: CsInstrs, p: PanthorJobCsParams): void {
  const cycles = (p.profileMask & CYCLES) !== 0;
  const timestamp = (p.profileMask & TIMESTAMP) !== 0;
  const { cyclesBefore, cyclesAfter, timeBefore, timeAfter } = profilingData;
  out.mov32(p.valReg, p.lastFlush);
  out.flushCache2(p.valReg, 0);
  if (cycles) storeCounter(out, p.cycleReg, p.timesAddr + cyclesBefore, STATE_CYCLES);
  if (timestamp) storeCounter(out, p.timeReg, p.timesAddr + timeBefore, STATE_TIMESTAMP);
  out.mov48(p.addrReg, p.csStart);
  out.mov32(p.valReg, p.csSize);
  // For the flush.
  out.wait(1);
  out.call(p.addrReg, p.valReg);
  if (cycles) storeCounter(out, p.cycleReg, p.timesAddr + cyclesAfter, STATE_CYCLES);
  if (timestamp) storeCounter(out, p.timeReg, p.timesAddr + timeAfter, STATE_TIMESTAMP);
  out.mov48(p.addrReg, p.syncAddr);
  out.mov48(p.valReg, 1);
  out.wait(p.waitallMask);
  out.syncAdd64(p.addrReg, p.valReg);
  // A fault is recovered from at the boundary of jobs.
  out.errorBarrier();
}

/** Parameters of calc_job_credits(): only the profiling mask counts. */
const noParams: PanthorJobCsParams = {
  profileMask: 0,
  addrReg: 0,
  valReg: 0,
  cycleReg: 0,
  timeReg: 0,
  syncAddr: 0,
  timesAddr: 0,
  csStart: 0,
  csSize: 0,
  lastFlush: 0,
  waitallMask: 0,
};

export const instrOps = (drv: Driver, creditsOf: number[] = [], out = new CsInstrs()) => ({
  /** copy_instrs_to_ringbuf(): whole cache lines, wrapping at the end of the ring. */
  copyInstrsToRingbuf(queue: PanthorQueue, job: PanthorJob, instrs: PanthorJobRingbufInstrs): void {
    const { kmap } = queue.ringbuf!;
    const ringbufSize = drv.gem.kernelBoSize(queue.ringbuf!);
    instrs.count = alignInstrs(instrs.count);
    const start = job.ringbuf.start & (ringbufSize - 1);
    const words = 2 * instrs.count;
    const written = Math.min((ringbufSize - start) / 4, words);
    kmap!.writeWords(start, instrs.buffer, 0, written);
    if (written < words) kmap!.writeWords(0, instrs.buffer, written, words - written);
  },

  /** get_job_cs_params(). */
  getJobCsParams(job: PanthorJob): PanthorJobCsParams {
    const group = job.group!;
    const queue = group.queues[job.queueIdx]!;
    const { csifInfo, scheduler } = group.ptdev;
    const addrReg = csifInfo.csRegCount - csifInfo.unpreservedCsRegCount;
    const valReg = addrReg + 2;
    return {
      profileMask: job.profiling.mask,
      addrReg,
      valReg,
      cycleReg: addrReg,
      timeReg: valReg,
      syncAddr: drv.gem.kernelBoGpuva(group.syncobjs!) + job.queueIdx * syncobj64.size,
      timesAddr:
        drv.gem.kernelBoGpuva(queue.profiling.slots!) + job.profiling.slot * profilingData.size,
      csStart: job.callInfo.start,
      csSize: job.callInfo.size,
      lastFlush: job.callInfo.latestFlush,
      waitallMask: lowBits(scheduler.sbSlotCount),
    };
  },

  /** prepare_job_instrs(): padded with zeros (NOP) to whole cache lines. Good until the next one. */
  prepareJobInstrs(params: PanthorJobCsParams): PanthorJobRingbufInstrs {
    out.clear();
    putSequence(out, params);
    const count = alignInstrs(out.count);
    while (out.count < count) out.nop();
    return { buffer: out.words, count };
  },

  /** calc_job_credits(): a credit is an instruction slot of the ring. */
  calcJobCredits(profileMask: number): number {
    // It depends on the mask alone, and every job asks.
    return (creditsOf[profileMask] ??= drv.sched.prepareJobInstrs({
      ...noParams,
      profileMask,
    }).count);
  },

  /** calc_profiling_ringbuf_num_slots(): profiled jobs that fit into a ring at once. */
  calcProfilingRingbufNumSlots(_ptdev: PanthorDevice, csRingbufSize: number): number {
    let minInstrs = Infinity;
    const flags = 32 - Math.clz32(PANTHOR_DEVICE_PROFILING_ALL);
    for (let i = 0; i < flags; i++) {
      minInstrs = Math.min(minInstrs, drv.sched.calcJobCredits(bit(i)));
    }
    return Math.ceil(csRingbufSize / (minInstrs * instrSize));
  },
});
