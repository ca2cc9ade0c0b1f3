// A group runs on one group slot at a time: started on a second one, both would save to the same
// suspend buffer. And a slot takes a group when the one before it has been suspended or terminated.
// Groups are told apart by the address of the suspend buffer.

import type { CheckSpec } from "./check.ts";

/** CSG_REQ state that ends a group's stay: terminate or suspend, acknowledged. */
const stateMask = 7;
const terminate = 0;
const suspend = 2;

export const slotGroupCheck: CheckSpec = {
  name: "slot-group",
  rule: "no group is on two group slots, and no slot has two groups",
  make({ rec, report }) {
    const suspendBuf = rec.str("suspend_buf");
    const csgAck = rec.str("CSG_ACK");
    const mcuStates = [rec.str("mcu_disabled"), rec.str("mcu_booted")];
    /** Slot by suspend buffer. */
    const slots = new Map<number, number>();
    return {
      on: {
        iface_cfg(index, slot, _cs, field, buffer) {
          if (field !== suspendBuf) return;
          const other = slots.get(buffer);
          if (other !== undefined && other !== slot) {
            const name = `the group with suspend buffer 0x${buffer.toString(16)}`;
            report(index, `${name} is started on slot ${slot} while it is on slot ${other}`);
          }
          const there = groupOn(slots, slot);
          if (there !== undefined && there !== buffer) {
            const names = `0x${buffer.toString(16)} is started while 0x${there.toString(16)}`;
            report(index, `slot ${slot}: the group with suspend buffer ${names} has not left`);
          }
          leave(slots, slot);
          slots.set(buffer, slot);
        },
        fw_ack(_index, slot, _cs, field, _req, ack) {
          if (field !== csgAck) return;
          const state = ack & stateMask;
          if (state === terminate || state === suspend) leave(slots, slot);
        },
        dev_state(_index, name) {
          if (mcuStates.includes(name)) slots.clear();
        },
        clk_disable: () => slots.clear(),
      },
    };
  },
};

function groupOn(slots: ReadonlyMap<number, number>, slot: number): number | undefined {
  for (const [buffer, s] of slots) if (s === slot) return buffer;
  return undefined;
}

function leave(slots: Map<number, number>, slot: number): void {
  for (const [buffer, s] of slots) if (s === slot) slots.delete(buffer);
}
