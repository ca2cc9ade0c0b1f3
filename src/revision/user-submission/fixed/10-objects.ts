// Sync objects of XGS jobs are found and mapped at submission: running a job is plain loads and
// atomic operations. The error is written before the value. Fences are no implicit writers.

import { Usage } from "../../../machine/dma-fence/resv.ts";
import { done } from "../../../machine/core/op.ts";
import { DRM_PANTHOR_VM_BIND_OP_MAP_READONLY, type PanthorVma } from "../../../driver/mmu/types.ts";
import { syncobj32, syncobj64 } from "../../../driver/sched/types.ts";
import { EINVAL } from "../../../machine/errno.ts";
import { patch } from "../../patch.ts";
import { xgsOp } from "../uapi.ts";
import { usubOverlay } from "../unit.ts";
import type { PanthorSyncobj, XgsJob } from "../xgs-types.ts";

export const objects = patch({
  id: "user-submission/fix-10",
  title: "drm/panthor: Map the sync objects of XGS jobs at submission",
  source: "corrects patches 5 and 6 (USUB-23, USUB-24, USUB-25, USUB-33, USUB-35, USUB-40)",
  observable: "no allocation and no reservation lock when jobs run; BOOKKEEP fences",
  overlay: usubOverlay((drv, prev) => {
    const prepared = new Map<XgsJob, PanthorSyncobj[]>();
    return {
      usub: {
        xgsSharedUsage: () => Usage.bookkeep,
        *xgsJobPrepare(job) {
          const ret = yield* prev.usub.xgsJobPrepare(job);
          if (ret !== 0) return ret;
          const { ptdev, vm } = job.queue;
          const objs: PanthorSyncobj[] = [];
          prepared.set(job, objs);
          for (const op of job.ops) {
            const is64 = drv().usub.xgsOpIs64(op);
            const { size } = is64 ? syncobj64 : syncobj32;
            const vma = vm!.findFirst(op.addr, 1) as PanthorVma | null;
            if (vma === null || op.addr + size > vma.va.addr + vma.va.range) return -EINVAL;
            const signal = op.op === xgsOp.signalSet || op.op === xgsOp.signalAdd;
            const readonly = (vma.flags & DRM_PANTHOR_VM_BIND_OP_MAP_READONLY) !== 0;
            if (signal && readonly) return -EINVAL;
            const so = yield* drv().usub.syncobjCreate(ptdev, vm!, op.addr, is64);
            if (typeof so === "number") return so;
            objs.push(so);
          }
          return 0;
        },
        *xgsJobUnprepare(job) {
          const objs = prepared.get(job) ?? [];
          prepared.delete(job);
          for (const so of objs) yield* prev.usub.syncobjRelease(so);
          yield* prev.usub.xgsJobUnprepare(job);
        },
        xgsOpObject(job, op) {
          const so = prepared.get(job)?.[job.ops.indexOf(op)];
          return so === undefined ? prev.usub.xgsOpObject(job, op) : done(so);
        },
        *syncobjRelease(so) {
          for (const objs of prepared.values()) if (objs.includes(so)) return;
          yield* prev.usub.syncobjRelease(so);
        },
        *syncobjSignal(so, value, error) {
          const { usub } = drv();
          if (error !== null) usub.syncobjWriteError(so, error);
          yield* usub.raceWindow("xgs_signal", so.offset);
          usub.syncobjWriteValue(so, value);
        },
        *xgsPerformSignal(so, op, error) {
          const { usub } = drv();
          yield* usub.raceWindow("xgs_add", so.offset);
          const old = yield* usub.syncobjValue(so);
          const sum = op.op === xgsOp.signalSet ? op.value : old + op.value;
          const value = BigInt.asUintN(so.is64 ? 64 : 32, sum);
          yield* usub.syncobjSignal(so, value, error);
          return value;
        },
      },
    };
  }),
});
