// /proc/<pid>/fdinfo of a file. Kernel: panthor_drv.c (panthor_show_fdinfo and below),
// drm_file.c (drm_show_fdinfo, drm_show_memory_stats).

import type { Atomic, Kernel } from "../../machine/core/op.ts";
import { usageRw } from "../../machine/dma-fence/resv.ts";
import type { Driver } from "../driver.ts";
import type { PanthorGemObject } from "../gem/types.ts";
import type { DrmFile } from "./types.ts";

const profilingCycles = 1;
const profilingTimestamp = 2;
const second = 1_000_000_000n;

/** drm_fdinfo_print_size(): in the largest unit that divides it. */
function sizeText(bytes: number): string {
  const units = ["", " KiB", " MiB"];
  let n = bytes;
  let u = 0;
  while (u < units.length - 1 && n !== 0 && n % 1024 === 0) {
    n /= 1024;
    u++;
  }
  return `${n}${units[u]}`;
}

export const fdinfoOps = (drv: Driver) => ({
  /** drm_show_fdinfo(). */
  *showFdinfo(file: DrmFile): Kernel<string[]> {
    const { pfile } = file;
    const { ptdev } = pfile;
    if (!ptdev.base.enter()) return [];
    const lines = ["drm-driver:\tpanthor", `drm-client-id:\t${file.clientId}`];
    if (file.clientName) lines.push(`drm-client-name:\t${file.clientName}`);
    if (ptdev.profileMask !== 0) yield* drv.sched.fdinfoGatherGroupSamples(pfile);
    const timerHz = ptdev.pdev.archTimerHz ?? 0;
    if ((ptdev.profileMask & profilingTimestamp) !== 0 && timerHz !== 0) {
      const hz = BigInt(timerHz);
      // The product is a u64: at 24 MHz it wraps after 768 s of work.
      const ns = BigInt.asUintN(64, pfile.stats.time * second + hz - 1n) / hz;
      lines.push(`drm-engine-panthor:\t${ns} ns`);
    }
    if ((ptdev.profileMask & profilingCycles) !== 0) {
      lines.push(`drm-cycles-panthor:\t${pfile.stats.cycles}`);
    }
    lines.push(`drm-maxfreq-panthor:\t${ptdev.fastRate} Hz`);
    lines.push(`drm-curfreq-panthor:\t${drv.devfreq.getFreq(ptdev)} Hz`);

    const stats = { resident: 0, active: 0 };
    yield* drv.sched.fdinfoGatherGroupMemInfo(pfile, stats);
    drv.mmu.vmHeapsSizes(pfile, stats);
    lines.push(`panthor-resident-memory:\t${sizeText(stats.resident)}`);
    lines.push(`panthor-active-memory:\t${sizeText(stats.active)}`);
    lines.push(...(yield* drv.drv.memoryStats(file)));
    yield* ptdev.base.exit();
    return lines;
  },

  /** drm_show_memory_stats(). */
  *memoryStats(file: DrmFile): Atomic<string[]> {
    let total = 0;
    let shared = 0;
    let active = 0;
    let resident = 0;
    let anyResident = false;
    for (const obj of file.handles.values()) {
      const bo = obj as PanthorGemObject;
      if (bo.handleCount > 1 || bo.dmaBuf !== null) shared += bo.size;
      total += bo.size;
      if (drv.gem.isResident(bo)) {
        resident += bo.size;
        anyResident = true;
      }
      // The fences of jobs are for bookkeeping: only those that somebody else put there count.
      if (!(yield* bo.resv.testSignaled(usageRw(true)))) active += bo.size;
    }
    const lines = [
      `drm-total-memory:\t${sizeText(total)}`,
      `drm-shared-memory:\t${sizeText(shared)}`,
    ];
    // What no object has is not listed.
    if (active > 0) lines.push(`drm-active-memory:\t${sizeText(active)}`);
    if (anyResident) lines.push(`drm-resident-memory:\t${sizeText(resident)}`);
    return lines;
  },
});
