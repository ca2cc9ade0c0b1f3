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
  MAX_INSTRS_PER_JOB,
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

/** The sequence, each instruction with the profiling flag that it belongs to. */
function* sequence(p: PanthorJobCsParams): Generator<readonly [number, CsInstr], void, void> {
  yield [ALWAYS, mov32(p.valReg, p.lastFlush)];
  yield [ALWAYS, flushCache2(p.valReg, 0)];
  yield [CYCLES, mov48(p.cycleReg, p.timesAddr + profilingData.cyclesBefore)];
  yield [CYCLES, storeState(p.cycleReg, STATE_CYCLES)];
  yield [TIMESTAMP, mov48(p.timeReg, p.timesAddr + profilingData.timeBefore)];
  yield [TIMESTAMP, storeState(p.timeReg, STATE_TIMESTAMP)];
  yield [ALWAYS, mov48(p.addrReg, p.csStart)];
  yield [ALWAYS, mov32(p.valReg, p.csSize)];
  // For the flush.
  yield [ALWAYS, wait(1)];
  yield [ALWAYS, call(p.addrReg, p.valReg)];
  yield [CYCLES, mov48(p.cycleReg, p.timesAddr + profilingData.cyclesAfter)];
  yield [CYCLES, storeState(p.cycleReg, STATE_CYCLES)];
  yield [TIMESTAMP, mov48(p.timeReg, p.timesAddr + profilingData.timeAfter)];
  yield [TIMESTAMP, storeState(p.timeReg, STATE_TIMESTAMP)];
  yield [ALWAYS, mov48(p.addrReg, p.syncAddr)];
  yield [ALWAYS, mov48(p.valReg, 1)];
  yield [ALWAYS, wait(p.waitallMask)];
  yield [ALWAYS, syncAdd64(p.addrReg, p.valReg)];
  // A fault is recovered from at the boundary of jobs.
  yield [ALWAYS, errorBarrier];
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

export const instrOps = (drv: Driver) => ({
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
    const buffer = new Uint32Array(2 * MAX_INSTRS_PER_JOB);
    let count = 0;
    for (const [profileMask, { hi, lo }] of sequence(params)) {
      if (profileMask !== 0 && (profileMask & params.profileMask) === 0) continue;
      buffer[2 * count] = lo;
      buffer[2 * count + 1] = hi;
      count++;
    }
    return { buffer, count: alignInstrs(count) };
  },

  /** calc_job_credits(): a credit is an instruction slot of the ring. */
  calcJobCredits(profileMask: number): number {
    return drv.sched.prepareJobInstrs({ ...noParams, profileMask }).count;
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
