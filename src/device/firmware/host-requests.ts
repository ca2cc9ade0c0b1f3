// `host_req`: the words that the driver changed since the last doorbell, logged when a doorbell
// makes them visible. Only the timeline uses this; the firmware looks at the words themselves.

import { pageSize } from "../../machine/memory/physical-memory.ts";
import type { DeviceEvents } from "../events.ts";
import type { DeviceShape } from "../profile/types.ts";
import type { FirmwareInterface, RequestWord } from "./interface.ts";

/** A word of an input page, by its index in the page. */
interface Watched {
  readonly csg: number;
  readonly cs: number;
  readonly field: string;
  readonly word: RequestWord;
  readonly index: number;
  last: number;
}

/** The watched words of one page, in the order in which they are logged. */
interface WatchedPage {
  readonly va: number;
  readonly words: Watched[];
}

export class HostRequests {
  /** Neighbours in the order of the log that share a page: a doorbell looks at all of them. */
  private readonly pages: WatchedPage[] = [];

  constructor(
    private readonly events: DeviceEvents,
    private readonly iface: FirmwareInterface,
    shape: DeviceShape,
  ) {
    const watch = (csg: number, cs: number, field: string, word: RequestWord): void => {
      const index = (word.reqVa % pageSize) / 4;
      const va = word.reqVa - index * 4;
      let page = this.pages.at(-1);
      if (page?.va !== va) this.pages.push((page = { va, words: [] }));
      page.words.push({ csg, cs, field, word, index, last: 0 });
    };
    for (let csg = 0; csg < shape.csgSlots; csg++) {
      for (let cs = 0; cs < shape.csPerCsg; cs++) watch(csg, cs, "CS_REQ", iface.csReq(csg, cs));
      watch(csg, -1, "CSG_IRQ_ACK", iface.csIrq(csg));
      watch(csg, -1, "CSG_DOORBELL_REQ", iface.csgDoorbell(csg));
      watch(csg, -1, "CSG_REQ", iface.csgReq(csg));
    }
    watch(-1, -1, "GLB_REQ", iface.glbReq);
    watch(-1, -1, "GLB_DOORBELL_REQ", iface.glbDoorbell);
  }

  /** A doorbell was written. */
  log(): void {
    const { iface } = this;
    for (const { va, words } of this.pages) {
      const page = iface.memory.page(va);
      for (const w of words) {
        const req = page === null ? 0 : page[w.index];
        if (req === w.last) continue;
        w.last = req;
        this.events.word("host_req", w.csg, w.cs, w.field, req, iface.ack(w.word));
      }
    }
  }
}
