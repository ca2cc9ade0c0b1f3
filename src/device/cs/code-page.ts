// The page that a stream fetches its instructions from. Within one activation of the interpreter
// nobody but the stream acts, so that a page is translated once and its words are read from its
// contents, until the stream itself may have changed something.

import type { PhysicalMemory } from "../../machine/memory/physical-memory.ts";
import { pageSize } from "../../machine/memory/physical-memory.ts";
import type { Annotations } from "./annotation.ts";

/** Bytes of an instruction. */
export const instrBytes = 8;
/** What a page without backing reads as. */
const zeroes = new Uint32Array(pageSize / 4);

export class CodePage {
  /** Virtual address of the first word. */
  start = 0;
  /** An instruction may begin in as many bytes; 0: nothing is known. */
  private length = 0;
  words: Uint32Array = zeroes;
  /** Some instruction here may have an annotation. */
  annotated = false;
  private pa = 0;

  constructor(
    private readonly memory: PhysicalMemory,
    private readonly annotations: Annotations,
  ) {}

  /** The instruction at `pc` is among the words. */
  holds(pc: number): boolean {
    const offset = pc - this.start;
    return offset >= 0 && offset < this.length;
  }

  /** What is known may no longer hold. */
  close(): void {
    this.length = 0;
  }

  /** Goes to the page of the instruction at `pc`, which is at `pa`. */
  open(pc: number, pa: number): void {
    const offset = pa & (pageSize - 1);
    this.annotated = this.annotations.concernsPage(pa);
    if (offset > pageSize - instrBytes) {
      // It goes on in the next page, as only a called buffer can.
      this.words = Uint32Array.of(this.memory.read32(pa), this.memory.read32(pa + 4));
      this.start = pc;
      this.pa = pa;
      this.length = 1;
      return;
    }
    this.words = this.memory.page(pa) ?? zeroes;
    this.start = pc - offset;
    this.pa = pa - offset;
    this.length = pageSize - instrBytes + 1;
  }

  /** Physical address of the instruction at `pc`. */
  physical(pc: number): number {
    return this.pa + (pc - this.start);
  }
}
