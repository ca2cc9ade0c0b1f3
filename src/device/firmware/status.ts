// STATUS_UPDATE: what a stream waits for, in the output part of its interface.
// Kernel side: panthor_sched.c:cs_slot_sync_queue_state_locked.

import type { StreamSlot } from "../cs/host.ts";
import type { CommandStream } from "../cs/stream.ts";
import type { DeviceEvents } from "../events.ts";
import type { FirmwareInterface } from "./interface.ts";
import { csOutput, va } from "./layout.ts";

/** CS_STATUS_WAIT_*. */
const waitSbSourceWait = 8 << 16;
const waitProgress = 1 << 28;
const waitSync64 = 1 << 30;
const waitSync = 2 ** 31;

/** Fills the status words of a stream; reports the blocked reason unless `events` is null. */
export function reportStatus(
  events: DeviceEvents | null,
  iface: FirmwareInterface,
  slot: StreamSlot,
  s: CommandStream,
): void {
  const { memory } = iface;
  const at = va.csOutput(slot.id, s.id);
  const reason = s.blockedReason;
  let wait = 0;
  if (s.state === "WAIT_SB") wait = s.waitMask | waitSbSourceWait;
  else if (s.state === "PROGRESS_WAIT") wait = waitProgress;
  const blocked = s.state === "SYNC_WAIT" ? s.blockedOn : null;
  if (blocked !== null) {
    wait = waitSync + (blocked.condition << 24) + (blocked.is64 ? waitSync64 : 0);
    memory.write64(at + csOutput.statusWaitSyncPtr, blocked.address);
    const value = Number(blocked.value & 0xffffffffn);
    memory.write32(at + csOutput.statusWaitSyncValue, value);
    memory.write32(at + csOutput.statusWaitSyncValueHi, Number(blocked.value >> 32n));
  }
  memory.write64(at + csOutput.statusCmdPtr, s.pc);
  memory.write32(at + csOutput.statusWait, wait);
  memory.write32(at + csOutput.statusReqResource, s.resources);
  memory.write32(at + csOutput.statusScoreboards, s.sb.busy);
  memory.write32(at + csOutput.statusBlockedReason, reason);
  memory.write32(at + csOutput.fault, s.fault.word);
  memory.write64(at + csOutput.faultInfo, s.fault.info);
  memory.write32(at + csOutput.fatal, s.fatal.word);
  memory.write64(at + csOutput.fatalInfo, s.fatal.info);
  memory.write32(at + csOutput.heapVtStart, s.heap.started);
  memory.write32(at + csOutput.heapVtEnd, s.heap.completed);
  memory.write32(at + csOutput.heapFragEnd, s.heap.fragments);
  memory.write64(at + csOutput.heapAddress, s.heap.context);
  events?.config(slot.id, s.id, "status_blocked_reason", reason);
}
