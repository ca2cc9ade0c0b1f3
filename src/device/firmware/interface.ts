// Accessors for the words of the firmware interface, and the firmware's side of the control parts.

import type { DeviceShape } from "../profile/types.ts";
import {
  csControl,
  csFeatures,
  csgControl,
  csgInput,
  csgOutput,
  csInput,
  csOutput,
  glbControl,
  glbInput,
  glbOutput,
  groupStride,
  ifaceVersion,
  streamStride,
  va,
} from "./layout.ts";
import type { McuMemory } from "./mcu-memory.ts";

/** A request word with its acknowledgement. */
export interface RequestWord {
  readonly reqVa: number;
  readonly ackVa: number;
}

/** The words of a group slot. */
interface GroupWords {
  readonly req: RequestWord;
  readonly doorbell: RequestWord;
  readonly csIrq: RequestWord;
  /** CS_REQ by stream. */
  readonly cs: readonly RequestWord[];
}

function groupWords(csg: number, { csPerCsg }: DeviceShape): GroupWords {
  const input = va.csgInput(csg);
  const output = va.csgOutput(csg);
  return {
    req: { reqVa: input + csgInput.req, ackVa: output + csgOutput.ack },
    doorbell: { reqVa: input + csgInput.doorbellReq, ackVa: output + csgOutput.doorbellAck },
    csIrq: { reqVa: input + csgInput.csIrqAck, ackVa: output + csgOutput.csIrqReq },
    cs: Array.from({ length: csPerCsg }, (_, cs) => ({
      reqVa: va.csInput(csg, cs) + csInput.req,
      ackVa: va.csOutput(csg, cs) + csOutput.ack,
    })),
  };
}

export class FirmwareInterface {
  readonly glbReq: RequestWord = {
    reqVa: va.glbInput + glbInput.req,
    ackVa: va.glbOutput + glbOutput.ack,
  };
  readonly glbDoorbell: RequestWord = {
    reqVa: va.glbInput + glbInput.doorbellReq,
    ackVa: va.glbOutput + glbOutput.doorbellAck,
  };

  /** GLB_STATE in GLB_REQ: interface 4.1 and later. */
  readonly hasGlbState: boolean;
  private readonly groups: readonly GroupWords[];

  constructor(
    readonly memory: McuMemory,
    private readonly shape: DeviceShape,
  ) {
    this.hasGlbState = shape.fwVersion >= ifaceVersion(4, 1);
    this.groups = Array.from({ length: shape.csgSlots }, (_, csg) => groupWords(csg, shape));
  }

  csgReq(csg: number): RequestWord {
    return this.groups[csg].req;
  }

  csgDoorbell(csg: number): RequestWord {
    return this.groups[csg].doorbell;
  }

  /** cs_irq_ack (host) and cs_irq_req (firmware): here the firmware asks. */
  csIrq(csg: number): RequestWord {
    return this.groups[csg].csIrq;
  }

  csReq(csg: number, cs: number): RequestWord {
    return this.groups[csg].cs[cs];
  }

  /** CSG_ENDPOINT_REQ, 64 bits in a place of its own since interface 4.0. */
  endpointReq(csg: number): number {
    const at = va.csgInput(csg);
    if (this.shape.fwVersion < ifaceVersion(4, 0)) {
      return this.memory.read32(at + csgInput.endpointReq);
    }
    return this.memory.read64(at + csgInput.endpointReq2);
  }

  req(word: RequestWord): number {
    return this.memory.read32(word.reqVa);
  }

  ack(word: RequestWord): number {
    return this.memory.read32(word.ackVa);
  }

  setAck(word: RequestWord, value: number): void {
    this.memory.write32(word.ackVa, value);
  }

  /** Copies the request's bits of `mask` to the acknowledgement; the new acknowledgement. */
  acknowledge(word: RequestWord, mask: number, req = this.req(word)): number {
    const ack = ((this.ack(word) & ~mask) | (req & mask)) >>> 0;
    this.setAck(word, ack);
    return ack;
  }

  /** Makes `bit` of the acknowledgement differ from the request: an event is pending. */
  signal(word: RequestWord, bit: number): number {
    const ack = ((this.ack(word) & ~bit) | (~this.req(word) & bit)) >>> 0;
    this.setAck(word, ack);
    return ack;
  }

  /** At boot: fills the control parts. The words that host and firmware exchange are left alone. */
  publish(): void {
    const { memory, shape } = this;
    const glb = va.glbControl;
    memory.write32(glb + glbControl.version, shape.fwVersion);
    memory.write32(glb + glbControl.features, 0);
    memory.write32(glb + glbControl.inputVa, va.glbInput);
    memory.write32(glb + glbControl.outputVa, va.glbOutput);
    memory.write32(glb + glbControl.groupNum, shape.csgSlots);
    memory.write32(glb + glbControl.groupStride, groupStride);
    memory.write32(glb + glbControl.perfcntSize, 0);
    memory.write32(glb + glbControl.instrFeatures, shape.instrFeatures);
    for (let csg = 0; csg < shape.csgSlots; csg++) {
      const at = va.csgControl(csg);
      memory.write32(at + csgControl.features, 0);
      memory.write32(at + csgControl.inputVa, va.csgInput(csg));
      memory.write32(at + csgControl.outputVa, va.csgOutput(csg));
      memory.write32(at + csgControl.suspendSize, shape.suspendSize);
      memory.write32(at + csgControl.protmSuspendSize, shape.protmSuspendSize);
      memory.write32(at + csgControl.streamNum, shape.csPerCsg);
      memory.write32(at + csgControl.streamStride, streamStride);
      for (let cs = 0; cs < shape.csPerCsg; cs++) {
        const cat = va.csControl(csg, cs);
        memory.write32(cat + csControl.features, csFeatures(shape.csRegs, shape.scoreboards));
        memory.write32(cat + csControl.inputVa, va.csInput(csg, cs));
        memory.write32(cat + csControl.outputVa, va.csOutput(csg, cs));
      }
    }
  }
}
