// A digest of a whole timeline: two replays with the same digest are the same, entry by entry.

import { createHash } from "node:crypto";
import type { Chunk, Recorder } from "./recorder.ts";

/** Digests a timeline chunk by chunk, so that a streamed one can be digested as it goes. */
export class TimelineDigest {
  private readonly hash = createHash("sha256");

  add(chunk: Chunk): void {
    const n = chunk.length;
    const { hash } = this;
    const column = (a: { buffer: ArrayBufferLike; BYTES_PER_ELEMENT: number }, count: number) =>
      hash.update(new Uint8Array(a.buffer, 0, count * a.BYTES_PER_ELEMENT));
    column(chunk.time, n);
    column(chunk.kind, n);
    column(chunk.where, n);
    column(chunk.cause, n);
    column(chunk.args, chunk.used);
  }

  /** The digest, with the strings and contexts that the entries refer to. */
  finish(rec: Recorder): string {
    this.hash.update(JSON.stringify([rec.allStrings(), rec.contexts]));
    return this.hash.digest("hex").slice(0, 16);
  }
}

/** The digest of a timeline that is held whole. */
export function timelineDigest(rec: Recorder): string {
  const digest = new TimelineDigest();
  for (const chunk of rec.heldChunks()) digest.add(chunk);
  return digest.finish(rec);
}
