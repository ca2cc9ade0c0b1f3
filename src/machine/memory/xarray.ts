// Nodes of xarrays and IDRs, as far as their allocation can fail. Kernel: lib/xarray.c (xas_create,
// xas_delete_node, xas_shrink, __xas_nomem), lib/radix-tree.c (idr_preload). The entries themselves
// are in a map or an array of the user; an entry at index 0 alone needs no node.

import { ENOMEM } from "../errno.ts";
import type { Allocations } from "./fail-nth.ts";

/** XA_CHUNK_SIZE: entries of a node. */
const chunk = 64;

/** Allocates one node: true if it fails. */
type NodeFails = () => boolean;

/**
 * A node of an xarray, allocated with GFP_NOWAIT; without one, __xas_nomem() drops the lock and
 * allocates it with the caller's flags. So it takes two failures in a row.
 */
export function xaNodeFails(memory: Allocations): boolean {
  return memory.failsNow() && memory.failsNow();
}

/** Which nodes exist: how many slots of each are in use, by level and position. */
export class XaNodes {
  private readonly levels: Map<number, number>[] = [];
  /** Index 0 is in use. */
  private zero = false;

  /** XA_FLAGS_ALLOC1: index 0 is taken for good, and a tree with a node keeps it. */
  constructor(private readonly zeroBusy = false) {}

  /** xas_store() at a free index: 0, or -ENOMEM with nothing stored. */
  insert(index: number, nodeFails: NodeFails): number {
    for (let needed = this.missing(index); needed > 0; needed--) if (nodeFails()) return -ENOMEM;
    const { levels } = this;
    if (index === 0) this.zero = true;
    if (levels.length === 0 && index === 0) return 0;
    const wasHead = levels.length === 0 && this.zero;
    while (index >= chunk ** levels.length) {
      // The head becomes slot 0 of a new root.
      const level = levels.length;
      const head = wasHead || (level > 0 && levels[level - 1].size > 0);
      levels.push(new Map(head ? [[0, 1]] : []));
    }
    let at = index;
    for (const counts of levels) {
      at = Math.floor(at / chunk);
      const used = counts.get(at);
      counts.set(at, (used ?? 0) + 1);
      if (used !== undefined) break;
    }
    return 0;
  }

  /** xa_erase() of an index in use. */
  erase(index: number): void {
    const { levels } = this;
    if (index === 0) this.zero = false;
    let at = index;
    for (const counts of levels) {
      at = Math.floor(at / chunk);
      const used = counts.get(at)! - 1;
      if (used > 0) {
        counts.set(at, used);
        break;
      }
      counts.delete(at);
    }
    this.shrink();
  }

  /** Number of nodes of the tree. */
  get count(): number {
    return this.levels.reduce((sum, counts) => sum + counts.size, 0);
  }

  /** Nodes that an entry at `index` needs and that do not exist. */
  private missing(index: number): number {
    const { levels } = this;
    let height = levels.length;
    let missing = 0;
    if (height === 0 && index === 0) return 0;
    const head = height > 0 || this.zero;
    for (; index >= chunk ** height; height++) if (head) missing++;
    for (let level = height - 1, grown = height > levels.length; level >= 0; level--) {
      const at = Math.floor(index / chunk ** (level + 1));
      const exists = levels[level]?.has(at) ?? (grown && head && at === 0);
      if (!exists) missing++;
    }
    return missing;
  }

  /** xas_shrink(): a root with nothing but its slot 0 gives way to what is there. */
  private shrink(): void {
    const { levels } = this;
    for (let top = levels.length - 1; top >= 0; top--) {
      const used = levels[top].get(0);
      const alone = used === 1 && (top > 0 ? levels[top - 1].has(0) : this.zero && !this.zeroBusy);
      if (used !== undefined && !alone) return;
      levels.pop();
    }
  }
}

/** An xarray that gives out indices: a map whose entries need nodes. */
export class XArray<T> extends Map<number, T> {
  private readonly nodes: XaNodes;

  constructor(zeroBusy: boolean) {
    super();
    this.nodes = new XaNodes(zeroBusy);
  }

  /** The second half of xa_alloc(): an entry at a free index; 0 or -ENOMEM. */
  store(index: number, entry: T, memory: Allocations): number {
    const ret = this.nodes.insert(index, () => xaNodeFails(memory));
    if (ret === 0) this.set(index, entry);
    return ret;
  }

  /** xa_erase(). */
  override delete(index: number): boolean {
    if (!super.delete(index)) return false;
    this.nodes.erase(index);
    return true;
  }

  /** xa_destroy(). */
  override clear(): void {
    for (const index of [...this.keys()]) this.delete(index);
  }
}

/** Nodes of an xarray with indices 0 to n - 1 in use. */
function denseNodes(n: number): number {
  if (n < 2) return 0;
  let sum = 0;
  for (let at = n; at > 1 || sum === 0; sum += at) at = Math.ceil(at / chunk);
  return sum;
}

/** xa_alloc() of an array that is only ever appended to, at index `n`; 0 or -ENOMEM. */
export function xaAppend(n: number, memory: Allocations): number {
  if (n !== 1 && n % chunk !== 0) return 0;
  for (let needed = denseNodes(n + 1) - denseNodes(n); needed > 0; needed--) {
    if (xaNodeFails(memory)) return -ENOMEM;
  }
  return 0;
}

/** IDR_PRELOAD_SIZE. */
const preloadSize = 11;

/**
 * idr_preload() and the allocation between it and idr_preload_end(). The nodes set aside are a
 * CPU's own, and there since long before the driver; here all CPUs share them.
 */
export class IdrPreloads {
  private nodes = preloadSize;

  constructor(private readonly memory: Allocations) {}

  /** idr_preload(GFP_KERNEL), idr_alloc(GFP_NOWAIT): 0 or -ENOMEM. */
  alloc(nodes: XaNodes, index: number): number {
    while (this.nodes < preloadSize && !this.memory.failsNow()) this.nodes++;
    return nodes.insert(index, () => this.memory.failsNow() && !this.take());
  }

  private take(): boolean {
    if (this.nodes === 0) return false;
    this.nodes--;
    return true;
  }
}
