// `host_req`: the words that the driver changed since the last doorbell, logged when a doorbell
// makes them visible. Only the timeline uses this; the firmware looks at the words themselves.

import { pageSize } from "../../machine/memory/physical-memory.ts";
import type { DeviceEvents } from "../events.ts";
import type { DeviceShape } from "../profile/types.ts";
import type { FirmwareInterface, RequestWord } from "./interface.ts";

interface Watched {
  readonly csg: number;
  readonly cs: number;
  readonly field: string;
  readonly word: RequestWord;
}

/** The watched words of one page, in the order in which they are logged. */
class WatchedPage {
  /** Where in the page each is, and what it was when it was last looked at. */
  readonly index: Uint16Array;
  readonly last: Uint32Array;

  constructor(
    readonly va: number,
    readonly words: readonly Watched[],
  ) {
    this.index = Uint16Array.from(words, ({ word }) => (word.reqVa % pageSize) / 4);
    this.last = new Uint32Array(words.length);
  }
}

const pageOf = ({ word }: Watched): number => word.reqVa - (word.reqVa % pageSize);

export class HostRequests {
  /** Neighbours in the order of the log that share a page: a doorbell looks at all of them. */
  private readonly pages: WatchedPage[] = [];

  constructor(
    private readonly events: DeviceEvents,
    private readonly iface: FirmwareInterface,
    shape: DeviceShape,
  ) {
    const words = watchedWords(iface, shape);
    for (let first = 0; first < words.length;) {
      const va = pageOf(words[first]);
      let end = first;
      while (end < words.length && pageOf(words[end]) === va) end++;
      this.pages.push(new WatchedPage(va, words.slice(first, end)));
      first = end;
    }
  }

  /** A doorbell was written. */
  log(): void {
    for (const page of this.pages) {
      const contents = this.iface.memory.page(page.va);
      const { index, last } = page;
      for (let i = 0; i < index.length; i++) {
        const req = contents === null ? 0 : contents[index[i]];
        if (req !== last[i]) this.changed(page, i, req);
      }
    }
  }

  private changed({ words, last }: WatchedPage, i: number, req: number): void {
    last[i] = req;
    const { csg, cs, field, word } = words[i];
    this.events.hostRequest(csg, cs, field, req, this.iface.ack(word));
  }
}

function watchedWords(iface: FirmwareInterface, shape: DeviceShape): Watched[] {
  const words: Watched[] = [];
  for (let csg = 0; csg < shape.csgSlots; csg++) {
    for (let cs = 0; cs < shape.csPerCsg; cs++) {
      words.push({ csg, cs, field: "CS_REQ", word: iface.csReq(csg, cs) });
    }
    words.push({ csg, cs: -1, field: "CSG_IRQ_ACK", word: iface.csIrq(csg) });
    words.push({ csg, cs: -1, field: "CSG_DOORBELL_REQ", word: iface.csgDoorbell(csg) });
    words.push({ csg, cs: -1, field: "CSG_REQ", word: iface.csgReq(csg) });
  }
  words.push({ csg: -1, cs: -1, field: "GLB_REQ", word: iface.glbReq });
  words.push({ csg: -1, cs: -1, field: "GLB_DOORBELL_REQ", word: iface.glbDoorbell });
  return words;
}
