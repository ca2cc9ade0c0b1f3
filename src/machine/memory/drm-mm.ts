// The range allocator for virtual addresses. Kernel: drivers/gpu/drm/drm_mm.c.
// Holes are kept in the order of the kernel's size tree: larger first, equal sizes in order of
// insertion. Modes BEST (used by panthor) and LOW; colours and eviction scans are left out.

import { Defect } from "../defect.ts";
import { ENOSPC } from "../errno.ts";

interface Hole {
  readonly start: number;
  readonly size: number;
}

/** struct drm_mm_node: zero (unallocated) until inserted or reserved. */
export class DrmMmNode {
  start = 0;
  size = 0;
  mm: DrmMm | null = null;
}

export class DrmMm {
  private readonly holes: Hole[] = [];
  /** Allocated nodes in order of address. */
  private readonly nodes: DrmMmNode[] = [];

  constructor(
    readonly start: number,
    readonly size: number,
  ) {
    this.addHole(start, start + size);
  }

  /** drm_mm_reserve_node(): `node.start` and `node.size` are given. */
  reserveNode(node: DrmMmNode): number {
    const end = node.start + node.size;
    if (end <= node.start) return -ENOSPC;
    const hole = this.holes.find((h) => h.start <= node.start && end <= h.start + h.size);
    if (hole === undefined) return -ENOSPC;
    this.place(hole, node);
    return 0;
  }

  /** drm_mm_insert_node_in_range(); `alignment` is 0 or any number of bytes. */
  insertNodeInRange(
    node: DrmMmNode,
    size: number,
    alignment: number,
    rangeStart: number,
    rangeEnd: number,
    mode: "best" | "low" = "best",
  ): number {
    if (size === 0 || rangeEnd - rangeStart < size) return -ENOSPC;
    for (const hole of this.candidates(size, mode)) {
      const low = Math.max(hole.start, rangeStart);
      const high = Math.min(hole.start + hole.size, rangeEnd);
      let start = low;
      if (alignment > 1 && start % alignment !== 0) start += alignment - (start % alignment);
      if (high <= start || high - start < size) continue;
      node.start = start;
      node.size = size;
      this.place(hole, node);
      return 0;
    }
    return -ENOSPC;
  }

  /** drm_mm_remove_node(): the holes on both sides become one. */
  removeNode(node: DrmMmNode): void {
    const i = this.nodes.indexOf(node);
    if (i < 0) throw new Defect("drm_mm", "remove of a node that is not allocated");
    const low = i > 0 ? this.nodes[i - 1].start + this.nodes[i - 1].size : this.start;
    const high = i + 1 < this.nodes.length ? this.nodes[i + 1].start : this.start + this.size;
    this.nodes.splice(i, 1);
    if (node.start + node.size < high) this.removeHoleAt(node.start + node.size);
    if (low < node.start) this.removeHoleAt(low);
    this.addHole(low, high);
    node.mm = null;
  }

  /** drm_mm_takedown(): true if nodes were left behind (the kernel warns). */
  takedown(): boolean {
    return this.nodes.length > 0;
  }

  /** Allocated ranges in order of address. */
  get allocated(): readonly DrmMmNode[] {
    return this.nodes;
  }

  /** Holes of at least `size` in the order first_hole()/next_hole() visit them. */
  private candidates(size: number, mode: "best" | "low"): Hole[] {
    const fit = this.holes.filter((h) => h.size >= size);
    return mode === "low" ? fit.sort((a, b) => a.start - b.start) : fit.reverse();
  }

  private place(hole: Hole, node: DrmMmNode): void {
    node.mm = this;
    const at = this.nodes.findIndex((n) => n.start > node.start);
    if (at < 0) this.nodes.push(node);
    else this.nodes.splice(at, 0, node);
    this.holes.splice(this.holes.indexOf(hole), 1);
    this.addHole(hole.start, node.start);
    this.addHole(node.start + node.size, hole.start + hole.size);
  }

  private addHole(start: number, end: number): void {
    if (end <= start) return;
    const hole = { start, size: end - start };
    const at = this.holes.findIndex((h) => h.size < hole.size);
    if (at < 0) this.holes.push(hole);
    else this.holes.splice(at, 0, hole);
  }

  private removeHoleAt(start: number): void {
    const i = this.holes.findIndex((h) => h.start === start);
    if (i < 0) throw new Defect("drm_mm", `no hole at 0x${start.toString(16)}`);
    this.holes.splice(i, 1);
  }
}
