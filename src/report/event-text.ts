// One event of a timeline as a person reads it: what happened, with registers and requests decoded.

import type { StreamEvent } from "../timeline/event-stream.ts";

/** What a listing knows about an event besides the event itself. */
export interface EventWords {
  /** Name, value and decoded fields of a register access. */
  readonly access: { readonly register: string; readonly value: string; readonly fields: string };
  /** The event's fields as `key=value …`. */
  readonly fields: string;
}

/** The event in words. */
export function eventText(e: StreamEvent, words: () => EventWords): string {
  switch (e.name) {
    case "mmio_read":
    case "mmio_write": {
      const { register, value, fields } = words().access;
      const direction = e.name === "mmio_read" ? "R" : "W";
      return `${direction} ${register} ${value}${fields === "" ? "" : ` ${fields}`}`;
    }
    case "dma_fence_init":
      return `fence ${fence(e)} created (${timeline(e)})`;
    case "dma_fence_signaled": {
      const error = e.num("error");
      return `fence ${fence(e)} signalled${error === 0 ? "" : ` with error ${error}`}`;
    }
    case "dma_fence_enable_signal":
      return `fence ${fence(e)} is waited for (${timeline(e)})`;
    case "dma_fence_emit":
      return `fence ${fence(e)} emitted (${timeline(e)})`;
    case "dma_fence_destroy":
      return `fence ${fence(e)} destroyed`;
    case "dma_fence_wait_start":
      return `waits for fence ${fence(e)}`;
    case "dma_fence_wait_end":
      return `has waited for fence ${fence(e)}`;
    case "drm_sched_job_queue":
      return `job ${fence(e)} queued on ${e.str("ring")} (${e.num("job_count")} before it)`;
    case "drm_sched_job_run":
      return `job ${fence(e)} runs on ${e.str("ring")} (${e.num("hw_job_count")} credits taken)`;
    case "drm_sched_job_done":
      return `job ${fence(e)} done`;
    case "drm_sched_job_add_dep":
      return `job ${fence(e)} depends on fence ${dependency(e)}`;
    case "drm_sched_job_unschedulable":
      return `job ${fence(e)} waits for fence ${dependency(e)}`;
    case "irq_raise":
    case "irq_lower":
    case "irq_deliver": {
      const what = { irq_raise: "raised", irq_lower: "lowered", irq_deliver: "delivered" }[e.name];
      return `${e.str("line")} interrupt ${what} (rawstat ${hex(e, "rawstat")}, mask ${hex(e, "mask")})`;
    }
    case "irq_handler_entry":
      return `irq ${e.num("irq")} ${e.str("name")} begins`;
    case "irq_handler_exit":
      return `irq ${e.num("irq")} ends: ${e.str("ret")}`;
    case "softirq_entry":
      return `softirq ${e.str("action")} begins`;
    case "softirq_exit":
      return `softirq ${e.str("action")} ends`;
    case "sched_switch":
      return `${task(e, "prev_")} (${e.str("prev_state")}) -> ${task(e, "next_")}`;
    case "sched_waking":
      return `wakes ${task(e, "")} on cpu ${e.num("cpu")}`;
    case "workqueue_queue_work":
      return `queues ${e.str("function")} on ${e.str("workqueue")}`;
    case "workqueue_execute_start":
      return `begins ${e.str("function")}`;
    case "workqueue_execute_end":
      return `ends ${e.str("function")}`;
    case "timer_expire_entry":
      return `timer ${e.str("function")} expires`;
    case "host_req":
    case "fw_seen":
    case "fw_ack":
    case "fw_event": {
      const who = { host_req: "driver asks", fw_seen: "firmware sees", fw_ack: "firmware answers" };
      const verb = e.name === "fw_event" ? "firmware reports" : who[e.name];
      return `${verb} ${e.str("field")}${slot(e)} (req ${hex(e, "req")}, ack ${hex(e, "ack")})`;
    }
    case "sync_write":
      return `GPU sets sync object ${hex(e, "va")} to ${e.num("new")}${slot(e)}`;
    case "cs_state":
      return `stream${slot(e)} is ${e.str("state")} (${e.num("extract")} of ${e.num("insert")})`;
    case "ioctl_begin":
      return `ioctl ${e.str("name")} ${e.str("args")}`.trimEnd();
    case "ioctl_end":
      return `ioctl ${e.str("name")} returns ${e.num("ret")} ${e.str("result")}`.trimEnd();
    case "printk":
      return `${e.str("level")}: ${e.str("text")}`;
    case "user_mark":
      return e.str("text");
    default:
      return `${e.name} ${words().fields}`.trimEnd();
  }
}

const fence = (e: StreamEvent): string => `${e.num("context")}:${e.num("seqno")}`;
const timeline = (e: StreamEvent): string => `${e.str("driver")} ${e.str("timeline")}`;
const dependency = (e: StreamEvent): string => `${e.num("dep_context")}:${e.num("dep_seqno")}`;

function hex(e: StreamEvent, field: string): string {
  const n = e.num(field);
  return `0x${(n < 0 ? n >>> 0 : n).toString(16)}`;
}

function slot(e: StreamEvent): string {
  const [csg, cs] = [e.num("csg"), e.num("cs")];
  return csg < 0 ? "" : cs < 0 ? ` of csg${csg}` : ` of csg${csg} cs${cs}`;
}

function task(e: StreamEvent, prefix: string): string {
  return `${e.str(`${prefix}comm`)}-${e.num(`${prefix}pid`)}`;
}
