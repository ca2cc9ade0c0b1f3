// Ring buffer contents: the sequence that calls a user's command stream and signals its end.
// Kernel: panthor_sched.c (7.3), copy_instrs_to_ringbuf() to calc_job_credits(),
// calc_profiling_ringbuf_num_slots().

import type { Driver } from "../driver.ts";
import type { PanthorDevice } from "../device/types.ts";
import { bit, lowBits } from "./bits.ts";
import {
  call,
  type CsInstr,
  errorBarrier,
  flushCache2,
  mov32,
  mov48,
  STATE_CYCLES,
  STATE_TIMESTAMP,
  storeState,
  syncAdd64,
  wait,
} from "./cs-instr.ts";
import {
  NUM_INSTRS_PER_CACHE_LINE,
  PANTHOR_DEVICE_PROFILING_ALL,
  PANTHOR_DEVICE_PROFILING_CYCLES as CYCLES,
  PANTHOR_DEVICE_PROFILING_DISABLED as ALWAYS,
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
  Math.ceil(count / NUM_INSTRS_PER_CACHE_LINE) * NUM_INSTRS_PER_CACHE_LINE;

/** Collects the instructions that a profiling mask asks for. */
class InstrBuffer {
  /** Low and high half of each. */
  readonly words: number[] = [];

  constructor(private readonly profileMask: number) {}

  get count(): number {
    return this.words.length / 2;
  }

  /** An instruction with the profiling flag that it belongs to. */
  put(flag: number, { hi, lo }: CsInstr): void {
    if (flag !== ALWAYS && (flag & this.profileMask) === 0) return;
    this.words.push(lo, hi);
  }
}

/** The sequence. */
function putSequence(out: InstrBuffer, p: PanthorJobCsParams): void {
  out.put(ALWAYS, mov32(p.valReg, p.lastFlush));
  out.put(ALWAYS, flushCache2(p.valReg, 0));
  out.put(CYCLES, mov48(p.cycleReg, p.timesAddr + profilingData.cyclesBefore));
  out.put(CYCLES, storeState(p.cycleReg, STATE_CYCLES));
  out.put(TIMESTAMP, mov48(p.timeReg, p.timesAddr + profilingData.timeBefore));
  out.put(TIMESTAMP, storeState(p.timeReg, STATE_TIMESTAMP));
  out.put(ALWAYS, mov48(p.addrReg, p.csStart));
  out.put(ALWAYS, mov32(p.valReg, p.csSize));
  // For the flush.
  out.put(ALWAYS, wait(1));
  out.put(ALWAYS, call(p.addrReg, p.valReg));
  out.put(CYCLES, mov48(p.cycleReg, p.timesAddr + profilingData.cyclesAfter));
  out.put(CYCLES, storeState(p.cycleReg, STATE_CYCLES));
  out.put(TIMESTAMP, mov48(p.timeReg, p.timesAddr + profilingData.timeAfter));
  out.put(TIMESTAMP, storeState(p.timeReg, STATE_TIMESTAMP));
  out.put(ALWAYS, mov48(p.addrReg, p.syncAddr));
  out.put(ALWAYS, mov48(p.valReg, 1));
  out.put(ALWAYS, wait(p.waitallMask));
  out.put(ALWAYS, syncAdd64(p.addrReg, p.valReg));
  // A fault is recovered from at the boundary of jobs.
  out.put(ALWAYS, errorBarrier);
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

export const instrOps = (drv: Driver, creditsOf = new Map<number, number>()) => ({
  /** copy_instrs_to_ringbuf(): whole cache lines, wrapping at the end of the ring. */
  copyInstrsToRingbuf(queue: PanthorQueue, job: PanthorJob, instrs: PanthorJobRingbufInstrs): void {
    const { kmap } = queue.ringbuf!;
    const ringbufSize = drv.gem.kernelBoSize(queue.ringbuf!);
    instrs.count = alignInstrs(instrs.count);
    let offset = job.ringbuf.start % ringbufSize;
    for (let i = 0; i < instrs.count; i++) {
      kmap!.write32(offset, instrs.buffer[2 * i]);
      kmap!.write32(offset + 4, instrs.buffer[2 * i + 1]);
      offset += instrSize;
      if (offset === ringbufSize) offset = 0;
    }
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

  /** prepare_job_instrs(): padded with zeros (NOP) to whole cache lines. */
  prepareJobInstrs(params: PanthorJobCsParams): PanthorJobRingbufInstrs {
    const out = new InstrBuffer(params.profileMask);
    putSequence(out, params);
    const count = alignInstrs(out.count);
    while (out.count < count) out.words.push(0, 0);
    return { buffer: out.words, count };
  },

  /** calc_job_credits(): a credit is an instruction slot of the ring. */
  calcJobCredits(profileMask: number): number {
    // It depends on the mask alone, and every job asks.
    let credits = creditsOf.get(profileMask);
    if (credits === undefined) {
      credits = drv.sched.prepareJobInstrs({ ...noParams, profileMask }).count;
      creditsOf.set(profileMask, credits);
    }
    return credits;
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
