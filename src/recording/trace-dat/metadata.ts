// What the metadata of a trace.dat file says, whichever version it is.

import type { Algorithm } from "./compression.ts";
import type { EventFormat } from "./format.ts";

/** Pages of one CPU in one ring buffer. */
export interface CpuData {
  readonly cpu: number;
  readonly offset: number;
  readonly size: number;
}

/** One ring buffer: the top one or an instance. */
export interface BufferInfo {
  readonly name: string;
  readonly clock: string;
  readonly pageSize: number;
  readonly compressed: boolean;
  readonly cpus: readonly CpuData[];
}

/** Where a page keeps its parts, out of the file's `header_page`. */
export interface PageLayout {
  readonly commitOffset: number;
  readonly commitSize: number;
  readonly dataOffset: number;
}

export class Metadata {
  version = 7;
  little = true;
  longSize = 8;
  pageSize = 4096;
  algorithm: Algorithm = "none";
  page: PageLayout = { commitOffset: 8, commitSize: 8, dataOffset: 16 };
  readonly formats = new Map<number, EventFormat>();
  /** `/proc/kallsyms` as it was. */
  kallsyms: Uint8Array = new Uint8Array();
  comms: Uint8Array = new Uint8Array();
  clock: string | null = null;
  cpuCount: number | null = null;
  /** Nanoseconds added to every time. */
  timeOffset = 0;
  readonly stats: string[] = [];
  readonly buffers: BufferInfo[] = [];
}
