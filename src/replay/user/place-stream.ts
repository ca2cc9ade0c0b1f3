// Streams in memory: assembled into a mapped buffer, and what the device is told about their
// words. It is told by physical address, so it is told again when the pages have moved.

import type { Annotation } from "../../device/cs/annotation.ts";
import type { CpuMapping } from "../../machine/memory/cpu-mapping.ts";
import type { HeapAddress } from "../../trace/instruction.ts";
import { streamBytes } from "../../trace/stream.ts";
import type { Stream } from "../../trace/trace.ts";
import type { UserContext } from "./context.ts";
import { encodeInstruction } from "./encode.ts";
import type { UserBo } from "./objects.ts";

const wordBytes = 8;

/** Words of a buffer that the device knows something about. */
export interface AnnotatedWord {
  readonly offset: number;
  readonly annotation: Annotation;
  /** Physical address that the device was told. */
  pa: number;
}

/** Writes a stream, padded with NOPs; false when it does not fit. */
export function placeStream(
  c: UserContext,
  bo: UserBo,
  memory: CpuMapping,
  offset: number,
  stream: Stream,
): boolean {
  const end = offset + streamBytes(stream.code);
  if (end > memory.size) return false;
  const { device } = c.env;
  const resolve = (address: HeapAddress): number => {
    const heap = c.get("heap", c.objects.heap, address.heap);
    return address.part === "context" ? heap.context : heap.firstChunk;
  };
  forget(c, bo, offset, end);
  let at = offset;
  for (const instruction of stream.code) {
    for (const { word, annotation } of encodeInstruction(instruction, resolve)) {
      memory.write64(at, word);
      if (annotation !== null) {
        const pa = memory.phys(at);
        device.annotate(pa, annotation);
        bo.annotated.push({ offset: at, annotation, pa });
      }
      at += wordBytes;
    }
  }
  for (; at < end; at += wordBytes) memory.write64(at, 0n);
  bo.streams.set(stream.name, offset);
  return true;
}

/** Takes back what the device was told about a range of a buffer. */
export function forget(c: UserContext, bo: UserBo, start = 0, end = Infinity): void {
  bo.annotated = bo.annotated.filter((a) => {
    if (a.offset < start || a.offset >= end) return true;
    c.env.device.annotate(a.pa, null);
    return false;
  });
}

/** The same for all of a buffer; what others have written to the same object stays. */
export function forgetAlias(c: UserContext, bo: UserBo): void {
  const words = new Set(bo.annotated.map(({ pa }) => pa));
  forget(c, bo);
  if (words.size === 0) return;
  for (const other of c.objects.bo.values()) {
    for (const { pa, annotation } of other.annotated) {
      if (words.has(pa)) c.env.device.annotate(pa, annotation);
    }
  }
}

/** Tells the device again where the pages of a buffer have moved (reclaim, swap in). */
export function followPages(c: UserContext, bo: UserBo): void {
  const pages = bo.annotated.length === 0 ? null : (bo.mapping?.pages() ?? null);
  if (pages === null || !anyMoved(bo.annotated, pages)) return;
  const moved = bo.annotated.filter((a) => a.pa !== physOf(pages, a.offset));
  for (const a of moved) c.env.device.annotate(a.pa, null);
  for (const a of moved) {
    a.pa = physOf(pages, a.offset);
    c.env.device.annotate(a.pa, a.annotation);
  }
}

function anyMoved(words: readonly AnnotatedWord[], pages: readonly number[]): boolean {
  for (const { pa, offset } of words) if (pa !== physOf(pages, offset)) return true;
  return false;
}

function physOf(pages: readonly number[], offset: number): number {
  return pages[Math.floor(offset / 4096)] + (offset % 4096);
}
