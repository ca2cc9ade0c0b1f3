// An interrupt line that several blocks drive: high while any of them is. Kernel side: the GPU and
// power control blocks of arch 14, panthor_pwr.c:panthor_pwr_init.

export class SharedLine {
  private readonly high = new Set<string>();

  constructor(private readonly setLevel: (high: boolean) => void) {}

  /** Block `source` drives the line. */
  set(source: string, high: boolean): void {
    const before = this.high.size > 0;
    if (high) this.high.add(source);
    else this.high.delete(source);
    if (this.high.size > 0 !== before) this.setLevel(!before);
  }
}
