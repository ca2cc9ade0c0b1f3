// Request words of the firmware interface, reduced to what a race cannot change: that a state which
// the host asks of a group, a stream or the firmware is then seen and then reported by it. Which
// slot a group gets, how often it comes back to one and what else a doorbell covers are races. So
// are streams' words for "stop", which show at the next doorbell, whatever that is for; doorbell
// toggles; pings; and idle and sync events (as many as the firmware finds moments to report).

import type { StreamEvent } from "../timeline/event-stream.ts";

/** CSG_REQ.STATE and CS_REQ.STATE. */
const stateMask = 0x7;
/** GLB_REQ: halt, and counters and timers that are switched on. */
const globalMask = 0x0000_000f;

const masks: ReadonlyMap<string, number> = new Map([
  ["GLB_REQ", globalMask],
  ["GLB_ACK", globalMask],
  ["CSG_REQ", stateMask],
  ["CSG_ACK", stateMask],
  ["CS_REQ", stateMask],
  ["CS_ACK", stateMask],
]);

/** Events that a stream causes itself. */
const faults = new Set(["CS_FAULT", "CS_FATAL", "CS_TILER_OOM", "CSG_PROGRESS_TIMER_EVENT"]);

/** What an event says, and what it is a step of; null if that may differ. */
export function requestWord(e: StreamEvent): { strand: string; key: string } | null {
  const field = e.str("field");
  const cs = e.num("cs");
  if (e.name === "fw_event") {
    const strand = `cs=${cs} ${field}`;
    return faults.has(field) ? { strand, key: `${e.name} ${strand}` } : null;
  }
  const mask = masks.get(field);
  if (mask === undefined) return null;
  const state = e.num(e.name === "fw_ack" ? "ack" : "req") & mask;
  if (cs >= 0 && state === 0) return null;
  const who = e.num("csg") < 0 ? "firmware" : cs < 0 ? "group" : `stream ${cs}`;
  const strand = `${who} state=${state}`;
  return { strand, key: `${e.name} ${strand}` };
}
