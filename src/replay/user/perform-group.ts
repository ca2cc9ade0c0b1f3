// Groups and job submission.

import { streamBytes } from "../../trace/stream.ts";
import type { groupEvents } from "../../trace/events/group.ts";
import type { Args } from "../../trace/events/index.ts";
import { bits, type Performers, type UserContext } from "./context.ts";
import { TraceRunError } from "./env.ts";
import { findStream, type UserBo, type UserGroup } from "./objects.ts";
import { followPages } from "./place-stream.ts";
import { type SyncOpArgs, syncOps } from "./sync-op.ts";

const priorities = { low: 0, medium: 1, high: 2, realtime: 3 } as const;
const states = { none: 0, timedout: 1, fatal_fault: 2, innocent: 4 } as const;

function weight(mask: bigint): number {
  let n = 0;
  for (let rest = mask; rest !== 0n; rest &= rest - 1n) n++;
  return n;
}

export const performGroup: Performers<keyof typeof groupEvents> = {
  *group_create(c, args) {
    const vm = c.get("vm", c.objects.vm, args.vm);
    const { shader, tiler } = c.env.device.cores;
    const compute = args.compute_mask ?? shader;
    const fragment = args.fragment_mask ?? shader;
    const tilers = args.tiler_mask ?? tiler;
    const uapi = {
      queues: args.queue.map((q) => ({ priority: q.priority, ringbufSize: q.ring })),
      maxComputeCores: args.max_compute ?? weight(compute),
      maxFragmentCores: args.max_fragment ?? weight(fragment),
      maxTilerCores: args.max_tiler ?? weight(tilers),
      priority: priorities[args.priority],
      computeCoreMask: compute,
      fragmentCoreMask: fragment,
      tilerCoreMask: tilers,
      vmId: vm.id,
      groupHandle: 0,
    };
    const ret = yield* c.ioctl(vm.file, "GROUP_CREATE", uapi);
    const handle = ret < 0 ? 0 : uapi.groupHandle;
    c.objects.group.set(args.group, { file: vm.file, vm, handle });
    return ret;
  },

  group_destroy(c, args) {
    const group = c.get("group", c.objects.group, args.group);
    return c.ioctl(group.file, "GROUP_DESTROY", { groupHandle: group.handle });
  },

  *group_submit(c, args) {
    const group = c.get("group", c.objects.group, args.group);
    const bos: UserBo[] = [];
    const queueSubmits = args.job.map((job) => queueSubmit(c, group, job, bos));
    const uapi = { groupHandle: group.handle, queueSubmits };
    const ret = yield* c.ioctl(group.file, "GROUP_SUBMIT", uapi);
    // The submit brings reclaimed pages back, at other addresses.
    if (ret >= 0) for (const bo of bos) followPages(c, bo);
    return ret;
  },

  *group_get_state(c, args) {
    const group = c.get("group", c.objects.group, args.group);
    const uapi = { groupHandle: group.handle, state: 0, fatalQueues: 0 };
    const ret = yield* c.ioctl(group.file, "GROUP_GET_STATE", uapi);
    if (ret < 0) return ret;
    const expected = args.state === undefined ? undefined : bits(args.state, states);
    c.expect("group state", expected, uapi.state);
    c.expect("queues with fatal faults", args.fatal_queues, uapi.fatalQueues);
    return ret;
  },
};

/** struct drm_panthor_queue_submit. */
interface QueueSubmit {
  readonly queueIndex: number;
  readonly streamAddr: number;
  readonly streamSize: number;
  readonly latestFlush: number;
  readonly syncs: readonly SyncOpArgs[];
}

/** An element of GROUP_SUBMIT's array; `bos` gets the buffer of the stream. */
function queueSubmit(
  c: UserContext,
  group: UserGroup,
  job: Args<"group_submit">["job"][number],
  bos: UserBo[],
): QueueSubmit {
  let streamAddr = job.addr ?? 0;
  let streamSize = job.size ?? 0;
  if (job.stream !== undefined) {
    const place = findStream(group.vm, c.objects.bo.values(), job.stream);
    if (place === null) {
      throw new TraceRunError(c.line, `stream ${job.stream} is not mapped in the group's VM`);
    }
    if (!bos.includes(place.bo)) bos.push(place.bo);
    streamAddr = place.va;
    streamSize = streamBytes(c.run.streams.get(job.stream)!.code);
  }
  const syncs = syncOps(c, job.wait, job.signal);
  const latestFlush = job.latest_flush;
  return { queueIndex: job.queue, streamAddr, streamSize, latestFlush, syncs };
}
