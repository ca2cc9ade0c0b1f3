// Which of several things due at one instant comes first. First in, first out, unless a seed asks
// for another order: then the order is drawn, and the same seed draws the same one.

/** Gives what becomes due its place among whatever else is due at that instant. */
export interface SameInstantOrder {
  /** A key of the event that is queued now: smaller ones come first. Never twice the same. */
  key(): number;
  /** Which of `n` ready CPUs runs next. */
  pick(n: number): number;
}

class FirstInFirstOut implements SameInstantOrder {
  private queued = 0;

  key(): number {
    return this.queued++;
  }

  pick(): number {
    return 0;
  }
}

const two20 = 2 ** 20;
const two32 = 2 ** 32;

/** splitmix32: small, and good enough to draw orders with. */
class Drawn implements SameInstantOrder {
  private queued = 0;

  constructor(private state: number) {}

  private draw(): number {
    this.state = (this.state + 0x9e3779b9) | 0;
    let z = this.state;
    z = Math.imul(z ^ (z >>> 16), 0x21f0aaad);
    z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
    return (z ^ (z >>> 15)) >>> 0;
  }

  /** The draw, and behind it a count that keeps keys apart. */
  key(): number {
    this.queued = (this.queued + 1) % two20;
    return this.draw() * two20 + this.queued;
  }

  pick(n: number): number {
    return Math.floor((this.draw() / two32) * n);
  }
}

/** The order of a seed; 0 is first in, first out. */
export function orderOf(seed: number): SameInstantOrder {
  return seed === 0 ? new FirstInFirstOut() : new Drawn((seed % two32) | 0);
}
