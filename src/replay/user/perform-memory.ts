// VMs, buffer objects, tiler heaps, and the program's accesses to mapped buffers.

import type { Kernel } from "../../machine/core/op.ts";
import { EBADF, EFAULT } from "../../machine/errno.ts";
import type { CpuMapping } from "../../machine/memory/cpu-mapping.ts";
import type { Args } from "../../trace/events/index.ts";
import type { memoryEvents } from "../../trace/events/memory.ts";
import { bits, type Performers, type UserContext } from "./context.ts";
import { TraceRunError } from "./env.ts";
import type { UserBo, UserVm } from "./objects.ts";
import { releaseIfLast } from "./perform-file.ts";
import { forgetAlias, placeStream } from "./place-stream.ts";
import { syncOps } from "./sync-op.ts";
import { VaMap } from "./va-map.ts";

const bindTypes = { map: 0, unmap: 0x1000_0000, sync_only: 0x2000_0000 } as const;
const bindFlags = { readonly: 1, noexec: 2, uncached: 4, sparse: 8 } as const;
const boFlags = { no_mmap: 1, wb_mmap: 2 } as const;

/** MAP_REPEAT of a series that was not merged; 7.3 has MAP_SPARSE in its place. */
const repeatFlag = (range: number | undefined): number => (range === undefined ? 0 : 8);

export const performMemory: Performers<keyof typeof memoryEvents> = {
  *vm_create(c, args) {
    const file = c.get("file", c.objects.file, args.file);
    const uapi = { flags: 0, id: 0, userVaRange: args.user_va_range };
    const ret = yield* c.ioctl(file, "VM_CREATE", uapi);
    c.objects.vm.set(args.vm, { file, id: ret < 0 ? 0 : uapi.id, map: new VaMap() });
    return ret;
  },

  vm_destroy(c, args) {
    const vm = c.get("vm", c.objects.vm, args.vm);
    return c.ioctl(vm.file, "VM_DESTROY", { id: vm.id });
  },

  *vm_bind(c, args) {
    const vm = c.get("vm", c.objects.vm, args.vm);
    const ops = args.bind.map((op) => ({
      flags: (bindTypes[op.op] | bits(op.flags, bindFlags) | repeatFlag(op.repeat)) >>> 0,
      boHandle: op.bo === undefined ? 0 : c.get("bo", c.objects.bo, op.bo).handle,
      boOffset: op.offset,
      va: op.va,
      size: op.size,
      ...(op.repeat === undefined ? {} : { boRepeatRange: op.repeat }),
      syncs: syncOps(c, op.wait, op.signal),
    }));
    const flags = args.async ? 1 : 0;
    const ret = yield* c.ioctl(vm.file, "VM_BIND", { vmId: vm.id, flags, ops });
    if (ret >= 0) noteBinds(c, vm, args.bind);
    return ret;
  },

  *vm_get_state(c, args) {
    const vm = c.get("vm", c.objects.vm, args.vm);
    const uapi = { vmId: vm.id, state: 0 };
    const ret = yield* c.ioctl(vm.file, "VM_GET_STATE", uapi);
    if (ret >= 0) c.expect("VM state", args.state, uapi.state === 0 ? "usable" : "unusable");
    return ret;
  },

  *bo_create(c, args) {
    const file = c.get("file", c.objects.file, args.file);
    const exclusiveVmId = args.vm === undefined ? 0 : c.get("vm", c.objects.vm, args.vm).id;
    const { size } = args;
    const uapi = { size, flags: bits(args.flags, boFlags), exclusiveVmId, handle: 0 };
    const ret = yield* c.ioctl(file, "BO_CREATE", uapi);
    c.objects.bo.set(args.bo, {
      file,
      handle: ret < 0 ? 0 : uapi.handle,
      size,
      mmapOffset: null,
      mapping: null,
      streams: new Map(),
      annotated: [],
    });
    return ret;
  },

  bo_mmap_offset(c, args) {
    return mmapOffset(c, c.get("bo", c.objects.bo, args.bo));
  },

  bo_set_label(c, args) {
    const bo = c.get("bo", c.objects.bo, args.bo);
    return c.ioctl(bo.file, "BO_SET_LABEL", { handle: bo.handle, label: args.label });
  },

  bo_sync(c, args) {
    const bos = args.sync.map((s) => c.get("bo", c.objects.bo, s.bo));
    if (bos.length === 0) throw new TraceRunError(c.line, "bo_sync without a range");
    const ops = args.sync.map((s, i) => ({
      handle: bos[i].handle,
      type: s.type === "flush" ? 0 : 1,
      offset: s.offset,
      size: s.size,
    }));
    return c.ioctl(bos[0].file, "BO_SYNC", { ops });
  },

  *bo_query_info(c, args) {
    const bo = c.get("bo", c.objects.bo, args.bo);
    const uapi = { handle: bo.handle, extraFlags: 0, createFlags: 0 };
    const ret = yield* c.ioctl(bo.file, "BO_QUERY_INFO", uapi);
    if (ret < 0) return ret;
    c.expect("creation flags", args.create_flags, uapi.createFlags);
    c.expect("extra flags", args.extra_flags, uapi.extraFlags);
    return ret;
  },

  *gem_close(c, args) {
    const bo = c.get("bo", c.objects.bo, args.bo);
    const ret = yield* c.ioctl(bo.file, "GEM_CLOSE", { handle: bo.handle });
    const mapped = [...c.objects.vm.values()].some((vm) => vm.map.maps(bo));
    // Nothing can run from it any more, and its pages may get another use.
    if (ret >= 0 && !mapped) forgetAlias(c, bo);
    return ret;
  },

  *bo_write(c, args) {
    const bo = c.get("bo", c.objects.bo, args.bo);
    const memory = yield* access(c, bo);
    if (typeof memory === "number") return memory;
    if (args.stream !== undefined) {
      const stream = c.run.streams.get(args.stream)!;
      return placeStream(c, bo, memory, args.offset, stream) ? 0 : -EFAULT;
    }
    const value = args.value!;
    if (args.offset + Number(args.width) / 8 > memory.size) return -EFAULT;
    if (args.width === "64") memory.write64(args.offset, value);
    else memory.write32(args.offset, Number(value & 0xffff_ffffn));
    return 0;
  },

  *bo_read(c, args) {
    const bo = c.get("bo", c.objects.bo, args.bo);
    const memory = yield* access(c, bo);
    if (typeof memory === "number") return memory;
    if (args.offset + Number(args.width) / 8 > memory.size) return -EFAULT;
    const wide = args.width === "64";
    const value = wide ? memory.read64(args.offset) : BigInt(memory.read32(args.offset));
    c.expect(`value at ${args.offset}`, args.value, value);
    return 0;
  },

  *munmap(c, args) {
    const bo = c.get("bo", c.objects.bo, args.bo);
    if (bo.mapping === null) return 0;
    yield* bo.mapping.unmap();
    if (bo.mapping.ofDmaBuf !== true) bo.file.mappings--;
    bo.mapping = null;
    yield* releaseIfLast(c, bo.file);
    return 0;
  },

  *tiler_heap_create(c, args) {
    const vm = c.get("vm", c.objects.vm, args.vm);
    const uapi = {
      vmId: vm.id,
      initialChunkCount: args.initial_chunks,
      chunkSize: args.chunk_size,
      maxChunks: args.max_chunks,
      targetInFlight: args.target_in_flight,
      handle: 0,
      tilerHeapCtxGpuVa: 0,
      firstHeapChunkGpuVa: 0,
    };
    const ret = yield* c.ioctl(vm.file, "TILER_HEAP_CREATE", uapi);
    c.objects.heap.set(args.heap, {
      file: vm.file,
      handle: ret < 0 ? 0 : uapi.handle,
      context: uapi.tilerHeapCtxGpuVa,
      firstChunk: uapi.firstHeapChunkGpuVa,
    });
    return ret;
  },

  tiler_heap_destroy(c, args) {
    const heap = c.get("heap", c.objects.heap, args.heap);
    return c.ioctl(heap.file, "TILER_HEAP_DESTROY", { handle: heap.handle });
  },
};

function noteBinds(c: UserContext, vm: UserVm, ops: Args<"vm_bind">["bind"]): void {
  for (const op of ops) {
    if (op.op === "unmap") vm.map.unmap(op.va, op.size);
    else if (op.op === "map" && op.bo !== undefined) {
      vm.map.map(op.va, op.size, c.get("bo", c.objects.bo, op.bo), op.offset);
    }
  }
}

function* mmapOffset(c: UserContext, bo: UserBo): Kernel<number> {
  const uapi = { handle: bo.handle, offset: 0 };
  const ret = yield* c.ioctl(bo.file, "BO_MMAP_OFFSET", uapi);
  if (ret >= 0) bo.mmapOffset = uapi.offset;
  return ret;
}

/** The CPU's view of a buffer: mapped at the first access. */
export function* access(c: UserContext, bo: UserBo): Kernel<CpuMapping | number> {
  if (bo.mapping === null) {
    if (bo.mmapOffset === null) {
      const ret = yield* mmapOffset(c, bo);
      if (ret < 0) return ret;
    }
    if (bo.file.file === null) return -EBADF;
    const mapping = yield* c.env.kernel.mmap(bo.file.file, bo.mmapOffset!, bo.size);
    if (typeof mapping === "number") return mapping;
    bo.mapping = mapping;
    if (mapping.ofDmaBuf !== true) bo.file.mappings++;
  }
  return yield* bo.mapping.access();
}
