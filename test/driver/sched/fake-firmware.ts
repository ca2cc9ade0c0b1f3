// Stand-in for the firmware unit and the firmware: interface words as plain objects, requests that
// are carried out and acknowledged at the doorbell.

import { done, type Kernel } from "../../../src/machine/core/op.ts";
import {
  CSG_ENDPOINT_CONFIG,
  CSG_STATE_MASK,
  CSG_STATUS_UPDATE,
} from "../../../src/driver/fw/iface-bits.ts";

type Words = Record<string, number>;
export interface FakeIface {
  control: Words;
  input: Words;
  output: Words;
}

export const u32 = (n: number): number => n >>> 0;
const handshake = CSG_STATE_MASK | CSG_ENDPOINT_CONFIG | CSG_STATUS_UPDATE;

export class FakeFirmware {
  readonly csg: FakeIface[] = [];
  readonly cs: FakeIface[][] = [];
  readonly glb: FakeIface;

  constructor(
    slots: number,
    private readonly log: string[],
    /** False: the firmware no longer answers this request to this slot. */
    private readonly answers: (csgId: number, req: number) => boolean,
  ) {
    this.glb = { control: { groupNum: slots }, input: {}, output: {} };
    for (let i = 0; i < slots; i++) {
      this.csg.push({
        control: { suspendSize: 4096, protmSuspendSize: 4096, streamNum: 8 },
        input: { req: 0, csIrqAck: 0 },
        output: { ack: 0, csIrqReq: 0 },
      });
      this.cs.push(
        Array.from({ length: 8 }, () => ({
          control: { features: 0x75f },
          input: { req: 0 },
          output: { ack: 0, statusBlockedReason: 0, statusScoreboards: 0 },
        })),
      );
    }
  }

  /** The operations of the firmware unit that the scheduler calls. */
  unit(boCreate: (p: unknown, v: unknown, size: number) => Kernel<object>): object {
    const update = (iface: FakeIface, reg: string, val: number, mask: number) => {
      iface.input[reg] = u32((iface.input[reg] & ~mask) | (val & mask));
      return done();
    };
    return {
      getGlbIface: () => this.glb,
      getCsgIface: (_p: unknown, i: number) => this.csg[i],
      getCsIface: (_p: unknown, i: number, j: number) => this.cs[i][j],
      // Words cost nothing here.
      shareWords: () => done(),
      updateReqs: update,
      toggleReqs: (iface: FakeIface, reg: string, ackReg: string, mask: number) =>
        update(iface, reg, iface.output[ackReg] ^ mask, mask),
      csgEndpointReqGet: (_p: unknown, { input }: FakeIface) => BigInt(input.endpointReq ?? 0),
      csgEndpointReqSet: (_p: unknown, { input }: FakeIface, v: bigint) => {
        input.endpointReq = Number(v);
      },
      csgEndpointReqUpdate: (_p: unknown, iface: FakeIface, v: bigint, mask: bigint) =>
        update(iface, "endpointReq", Number(v), Number(mask)),
      ringDoorbell: (_p: unknown, id: number) => {
        this.log.push(`doorbell ${id}`);
        return done();
      },
      ringCsgDoorbells: (_p: unknown, mask: number) => {
        this.lookAt(mask);
        return done();
      },
      csgWaitAcks: (_p: unknown, csgId: number, mask: number) => {
        const { input, output } = this.csg[csgId];
        const acked = u32(~(input.req ^ output.ack) & mask);
        return done({ ret: acked === mask ? 0 : -110, acked });
      },
      allocSuspendBufMem: (p: unknown, size: number) => boCreate(p, null, size),
      allocQueueIfaceMem: () =>
        done({
          mem: { obj: { size: 8192 } },
          input: { insert: 0, extract: 0 },
          output: { extract: 0, active: 0 },
          inputFwVa: 0x1000,
          outputFwVa: 0x2000,
        }),
    };
  }

  /** The firmware looks at the slots of a mask: it does what is asked, at once. */
  private lookAt(mask: number): void {
    this.csg.forEach(({ input, output }, i) => {
      if (((mask >>> i) & 1) === 0) return;
      const changed = (input.req ^ output.ack) & handshake;
      if (changed !== 0) this.log.push(`csg ${i} ${requestText(changed, input.req)}`);
      if (!this.answers(i, input.req)) return;
      output.ack = u32((output.ack & ~handshake) | (input.req & handshake));
      output.doorbellAck = input.doorbellReq ?? 0;
    });
  }
}

function requestText(changed: number, req: number): string {
  const parts: string[] = [];
  const states = ["terminate", "start", "suspend", "resume"];
  if ((changed & CSG_STATE_MASK) !== 0) parts.push(states[req & CSG_STATE_MASK]);
  if ((changed & CSG_ENDPOINT_CONFIG) !== 0) parts.push("endpoint");
  if ((changed & CSG_STATUS_UPDATE) !== 0) parts.push("status");
  return parts.join("+");
}
