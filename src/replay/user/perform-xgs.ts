// Cross-group sync queues and SYNC_UPDATE.

import type { userSubmissionEvents } from "../../trace/events/user-submission.ts";
import type { Performers } from "./context.ts";
import { eventfdNumber, fileOf } from "./user-rings.ts";
import { syncOps } from "./sync-op.ts";

const opCodes = { wait_le: 0, wait_gt: 1, set: 2, add: 3 } as const;

type Names = "xgs_queue_create" | "xgs_queue_destroy" | "xgs_submit" | "sync_update";

export const performXgs: Performers<Names & keyof typeof userSubmissionEvents> = {
  *xgs_queue_create(c, args) {
    const vm = args.vm === undefined ? null : c.get("vm", c.objects.vm, args.vm);
    const file = vm?.file ?? fileOf(c, args.file);
    const uapi = {
      vmId: args.vm_id ?? vm?.id ?? 0,
      eventfdSyncUpdate: eventfdNumber(c, file, args),
      handle: 0,
      pad: args.pad,
    };
    const ret = yield* c.ioctl(file, "XGS_QUEUE_CREATE", uapi);
    c.objects.xgs.set(args.xgs, { file, handle: ret < 0 ? 0 : uapi.handle });
    return ret;
  },

  xgs_queue_destroy(c, args) {
    const queue = args.xgs === undefined ? null : c.get("xgs", c.objects.xgs, args.xgs);
    const file = queue?.file ?? fileOf(c, args.file);
    const handle = args.handle ?? queue?.handle ?? 0;
    return c.ioctl(file, "XGS_QUEUE_DESTROY", { handle, pad: args.pad });
  },

  xgs_submit(c, args) {
    const queue = args.xgs === undefined ? null : c.get("xgs", c.objects.xgs, args.xgs);
    const file = queue?.file ?? fileOf(c, args.file);
    const array = args.op.map((o) => ({
      addr: o.addr,
      value: o.value,
      op: o.code ?? opCodes[o.do],
      format: o.format ?? (o.width === "64" ? 1 : 0),
      flags: o.flags,
      pad: o.pad,
    }));
    const strided = args.stride !== undefined || args.unreadable;
    const ops = strided
      ? { stride: args.stride ?? 24, count: array.length, array: args.unreadable ? null : array }
      : array;
    return c.ioctl(file, "XGS_QUEUE_SUBMIT", {
      handle: args.handle ?? queue?.handle ?? 0,
      flags: args.flags,
      ops,
      syncs: syncOps(c, args.wait, args.signal),
    });
  },

  sync_update(c, args) {
    const file = fileOf(c, args.file);
    return c.ioctl(file, "SYNC_UPDATE", { pad: args.pad });
  },
};
