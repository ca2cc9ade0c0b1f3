// What a program believes to have mapped in a VM: ranges of buffer objects by address.

interface Range {
  readonly start: number;
  readonly end: number;
  readonly bo: object;
  /** Offset into the object at `start`. */
  readonly offset: number;
}

export class VaMap {
  private ranges: Range[] = [];

  /** Maps over whatever is there. */
  map(va: number, size: number, bo: object, offset: number): void {
    this.unmap(va, size);
    if (size === 0) return;
    this.ranges.push({ start: va, end: va + size, bo, offset });
  }

  unmap(va: number, size: number): void {
    const end = va + size;
    this.ranges = this.ranges.flatMap((r) => {
      if (r.end <= va || r.start >= end) return [r];
      const rest: Range[] = [];
      if (r.start < va) rest.push({ ...r, end: va });
      if (r.end > end) rest.push({ ...r, start: end, offset: r.offset + (end - r.start) });
      return rest;
    });
  }

  /** True if any part of an object is mapped. */
  maps(bo: object): boolean {
    return this.ranges.some((r) => r.bo === bo);
  }

  /** Address of a byte of an object; null when it is not mapped. */
  addressOf(bo: object, offset: number): number | null {
    for (const r of this.ranges) {
      const inside = r.bo === bo && offset >= r.offset && offset < r.offset + (r.end - r.start);
      if (inside) return r.start + (offset - r.offset);
    }
    return null;
  }
}
