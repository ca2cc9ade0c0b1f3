// `host_req`: the words that the driver changed since the last doorbell, logged when a doorbell
// makes them visible. Only the timeline uses this; the firmware looks at the words themselves.

import type { DeviceEvents } from "../events.ts";
import type { DeviceShape } from "../profile/types.ts";
import type { FirmwareInterface, RequestWord } from "./interface.ts";

interface Watched {
  readonly csg: number;
  readonly cs: number;
  readonly field: string;
  readonly word: RequestWord;
  last: number;
}

export class HostRequests {
  private readonly words: Watched[] = [];

  constructor(
    private readonly events: DeviceEvents,
    private readonly iface: FirmwareInterface,
    shape: DeviceShape,
  ) {
    const watch = (csg: number, cs: number, field: string, word: RequestWord): void => {
      this.words.push({ csg, cs, field, word, last: 0 });
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
    for (const w of this.words) {
      const req = iface.req(w.word);
      if (req === w.last) continue;
      w.last = req;
      this.events.word("host_req", w.csg, w.cs, w.field, req, iface.ack(w.word));
    }
  }
}
