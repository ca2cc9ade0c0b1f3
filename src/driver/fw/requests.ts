// Requests to the firmware: interface lookup, req/ack updates, doorbells, waits for acks.
// Kernel: panthor_fw.c, panthor_fw.h (panthor_fw_toggle_reqs, panthor_fw_update_reqs).

import { done, type Atomic, type Kernel } from "../../machine/core/op.ts";
import { EINVAL, ETIMEDOUT } from "../../machine/errno.ts";
import type { SpinLock } from "../../machine/lock/spinlock.ts";
import type { PanthorDevice } from "../device/types.ts";
import type { Driver } from "../driver.ts";
import * as bits from "./iface-bits.ts";
import { csfDoorbell } from "./regs.ts";
import { wordAddress } from "./struct-view.ts";
import type { PanthorFwCsgIface, PanthorFwCsIface, PanthorFwGlobalIface } from "./types.ts";
import type { Word64Of, WordOf } from "./types.ts";

/** Interface version from which state is in GLB_REQ bits 14:12, and endpoint_req is 64 bits. */
export const csfIfaceVersion = (major: number, minor: number, patch: number): number =>
  ((major << 24) | (minor << 16) | patch) >>> 0;

/** How long panthor_fw_wait_acks() spins before it sleeps. */
const spinUs = 10;

/** The words of a request register pair, as panthor_fw_wait_acks() takes them. */
export interface ReqAck {
  readonly input: { readonly req: number; ackIrqMask: number };
  readonly output: { readonly ack: number };
}

/** Result of a wait: `acked` equals the mask when `ret` is 0. */
export interface WaitAcks {
  readonly ret: number;
  readonly acked: number;
}

export const fwRequestOps = (drv: Driver) => ({
  /** panthor_fw_get_glb_iface(). */
  getGlbIface(ptdev: PanthorDevice): PanthorFwGlobalIface {
    return ptdev.fw.iface.global!;
  },

  /** panthor_fw_get_csg_iface(). */
  getCsgIface(ptdev: PanthorDevice, csgSlot: number): PanthorFwCsgIface {
    ptdev.base.warnOn(csgSlot >= bits.MAX_CSGS, "csg_slot >= MAX_CSGS");
    return ptdev.fw.iface.groups[csgSlot];
  },

  /** panthor_fw_get_cs_iface(). */
  getCsIface(ptdev: PanthorDevice, csgSlot: number, csSlot: number): PanthorFwCsIface {
    const bad = csgSlot >= bits.MAX_CSGS || csSlot >= bits.MAX_CS_PER_CSG;
    ptdev.base.warnOn(bad, "csg_slot >= MAX_CSGS || cs_slot >= MAX_CS_PER_CSG");
    return ptdev.fw.iface.streams[csgSlot][csSlot];
  },

  /** panthor_fw_has_glb_state(). */
  hasGlbState(ptdev: PanthorDevice): boolean {
    return drv.fw.getGlbIface(ptdev).control.version >= csfIfaceVersion(4, 1, 0);
  },

  /** panthor_fw_has_64bit_ep_req(). */
  has64bitEpReq(ptdev: PanthorDevice): boolean {
    return drv.fw.getGlbIface(ptdev).control.version >= csfIfaceVersion(4, 0, 0);
  },

  /** Time that `count` accesses to words shared with the firmware take. */
  shareWords(count: number): Atomic<void> {
    const { m } = drv.linux;
    return m.spend(count * m.costs.sharedWord);
  },

  /** The lock of an interface around a read-modify-write of its words. */
  ifaceLock(iface: { readonly lock: SpinLock }): Atomic<void> {
    return iface.lock.lock();
  },

  ifaceUnlock(iface: { readonly lock: SpinLock }): Atomic<void> {
    return iface.lock.unlock();
  },

  /** panthor_fw_toggle_reqs(): makes `mask` bits of req differ from ack. */
  *toggleReqs<I extends object, O extends object>(
    iface: { readonly lock: SpinLock; readonly input: I; readonly output: O },
    inReg: WordOf<I>,
    outReg: WordOf<O>,
    mask: number,
  ): Atomic<void> {
    yield* drv.fw.ifaceLock(iface);
    const { memory } = drv.linux;
    const out = memory.read32(wordAddress(iface.output, outReg));
    const inAddr = wordAddress(iface.input, inReg);
    const req = memory.read32(inAddr);
    memory.write32(inAddr, (((out ^ mask) & mask) | (req & ~mask)) >>> 0);
    yield* drv.fw.shareWords(3);
    yield* drv.fw.ifaceUnlock(iface);
  },

  /** panthor_fw_update_reqs(): sets `mask` bits of req to those of `val`. */
  *updateReqs<I extends object>(
    iface: { readonly lock: SpinLock; readonly input: I },
    inReg: WordOf<I>,
    val: number,
    mask: number,
  ): Atomic<void> {
    yield* drv.fw.ifaceLock(iface);
    const { memory } = drv.linux;
    const addr = wordAddress(iface.input, inReg);
    const req = memory.read32(addr);
    memory.write32(addr, ((req & ~mask) | (val & mask)) >>> 0);
    yield* drv.fw.shareWords(2);
    yield* drv.fw.ifaceUnlock(iface);
  },

  /** panthor_fw_update_reqs64(). */
  *updateReqs64<I extends object>(
    iface: { readonly lock: SpinLock; readonly input: I },
    inReg: Word64Of<I>,
    val: bigint,
    mask: bigint,
  ): Atomic<void> {
    yield* drv.fw.ifaceLock(iface);
    const input = iface.input as Record<string, bigint>;
    input[inReg] = (input[inReg] & ~mask) | (val & mask);
    yield* drv.fw.shareWords(2);
    yield* drv.fw.ifaceUnlock(iface);
  },

  /** panthor_fw_csg_endpoint_req_get(). */
  csgEndpointReqGet(ptdev: PanthorDevice, iface: PanthorFwCsgIface): bigint {
    if (drv.fw.has64bitEpReq(ptdev)) return iface.input.endpointReq2;
    return BigInt(iface.input.endpointReq);
  },

  /** panthor_fw_csg_endpoint_req_set(). */
  csgEndpointReqSet(ptdev: PanthorDevice, iface: PanthorFwCsgIface, value: bigint): void {
    if (drv.fw.has64bitEpReq(ptdev)) iface.input.endpointReq2 = value;
    else iface.input.endpointReq = Number(value & 0xffffffffn);
  },

  /** panthor_fw_csg_endpoint_req_update(). */
  csgEndpointReqUpdate(
    ptdev: PanthorDevice,
    iface: PanthorFwCsgIface,
    value: bigint,
    mask: bigint,
  ): Atomic<void> {
    if (drv.fw.has64bitEpReq(ptdev)) {
      return drv.fw.updateReqs64(iface, "endpointReq2", value, mask);
    }
    const lower = (v: bigint): number => Number(v & 0xffffffffn);
    return drv.fw.updateReqs(iface, "endpointReq", lower(value), lower(mask));
  },

  /** panthor_fw_wait_acks(): spins for a while, then sleeps on the request queue. */
  *waitAcks(
    ptdev: PanthorDevice,
    iface: ReqAck,
    reqMask: number,
    timeoutMs: number,
  ): Kernel<WaitAcks> {
    const { time } = drv.linux;
    const mask = reqMask >>> 0;
    const req = iface.input.req & mask;
    const { ret } = yield* time.pollTimeoutAtomic(
      () => done(iface.output.ack),
      (ack: number) => (ack & mask) === req,
      0,
      spinUs,
    );
    if (ret === 0) return { ret: 0, acked: mask };

    const woken = yield* drv.fw.sleepForAcks(ptdev, iface, mask, timeoutMs, req);
    if (woken) return { ret: 0, acked: mask };

    // In case nobody woke us.
    const ack = iface.output.ack;
    if ((ack & mask) === req) return { ret: 0, acked: mask };
    return { ret: -ETIMEDOUT, acked: (~(req ^ ack) & mask) >>> 0 };
  },

  /**
   * panthor_fw_wait_acks(): the part that sleeps; false: timed out. `req` is what was asked for when
   * the wait began, whatever has been asked since.
   */
  *sleepForAcks(
    ptdev: PanthorDevice,
    iface: ReqAck,
    mask: number,
    timeoutMs: number,
    req: number,
  ): Kernel<boolean> {
    const left = yield* ptdev.fw.reqWaitqueue.waitEventTimeout(
      () => (iface.output.ack & mask) === req,
      drv.linux.time.msecsToJiffies(timeoutMs),
    );
    return left !== 0;
  },

  /** panthor_fw_glb_wait_acks(). GLB_HALT is not acknowledged through the interface. */
  *glbWaitAcks(ptdev: PanthorDevice, reqMask: number, timeoutMs: number): Kernel<WaitAcks> {
    const bad = (reqMask & (~bits.GLB_REQ_MASK | bits.GLB_HALT)) !== 0;
    if (ptdev.base.warnOn(bad, "req_mask & (~GLB_REQ_MASK | GLB_HALT)")) {
      return { ret: -EINVAL, acked: 0 };
    }
    return yield* drv.fw.waitAcks(ptdev, drv.fw.getGlbIface(ptdev), reqMask, timeoutMs);
  },

  /** panthor_fw_csg_wait_acks(): the state field counts as acked only as a whole. */
  *csgWaitAcks(
    ptdev: PanthorDevice,
    csgSlot: number,
    reqMask: number,
    timeoutMs: number,
  ): Kernel<WaitAcks> {
    const iface = drv.fw.getCsgIface(ptdev, csgSlot);
    const bad = (reqMask & ~bits.CSG_REQ_MASK) !== 0;
    if (ptdev.base.warnOn(bad, "req_mask & ~CSG_REQ_MASK")) return { ret: -EINVAL, acked: 0 };
    const { ret, acked } = yield* drv.fw.waitAcks(ptdev, iface, reqMask, timeoutMs);
    const whole = (acked & bits.CSG_STATE_MASK) === bits.CSG_STATE_MASK;
    return { ret, acked: whole ? acked : (acked & ~bits.CSG_STATE_MASK) >>> 0 };
  },

  /** panthor_fw_ring_doorbell(). */
  ringDoorbell(_ptdev: PanthorDevice, doorbellId: number): Atomic<void> {
    return drv.mmio.write32(csfDoorbell(doorbellId), 1);
  },

  /** panthor_fw_ring_csg_doorbells(): needs no user doorbell assigned to the groups. */
  *ringCsgDoorbells(ptdev: PanthorDevice, csgMask: number): Atomic<void> {
    const glb = drv.fw.getGlbIface(ptdev);
    yield* drv.fw.toggleReqs(glb, "doorbellReq", "doorbellAck", csgMask);
    yield* drv.fw.ringDoorbell(ptdev, bits.CSF_GLB_DOORBELL_ID);
  },
});
