// Perfetto's own numbers for ftrace events: FtraceEvent's field of each event, and the names that
// its message's fields have in the kernel's record. From perfetto's protos/perfetto/trace/ftrace;
// events without a row arrive by name (generic events) or are kept by their number.

export interface ProtoEvent {
  readonly name: string;
  /** Kernel field names by field number. */
  readonly fields: readonly (string | undefined)[];
}

const event = (name: string, ...fields: string[]): ProtoEvent => ({
  name,
  fields: [undefined, ...fields],
});
const fence = ["context", "driver", "seqno", "timeline"];
const wake = ["comm", "pid", "prio", "success", "target_cpu"];
const job = [
  "name",
  "job_count",
  "hw_job_count",
  "dev",
  "fence_context",
  "fence_seqno",
  "client_id",
];
const oldJob = ["entity", "fence", "hw_job_count", "id", "job_count", "name"];
const dependency = ["fence_context", "fence_seqno", "ctx", "seqno"];
const virtio = ["ctx_id", "dev", "fence_id", "flags", "name", "num_free", "seqno", "type", "vq"];

export const protoEvents: ReadonlyMap<number, ProtoEvent> = new Map([
  [3, event("print", "ip", "buf")],
  [
    4,
    event(
      "sched_switch",
      "prev_comm",
      "prev_pid",
      "prev_prio",
      "prev_state",
      "next_comm",
      "next_pid",
      "next_prio",
    ),
  ],
  [17, event("sched_wakeup", ...wake)],
  [20, event("sched_waking", ...wake)],
  [24, event("softirq_entry", "vec")],
  [25, event("softirq_exit", "vec")],
  [26, event("softirq_raise", "vec")],
  [36, event("irq_handler_entry", "irq", "name", "handler")],
  [37, event("irq_handler_exit", "irq", "ret")],
  [56, event("workqueue_activate_work", "work", "function")],
  [57, event("workqueue_execute_end", "work", "function")],
  [58, event("workqueue_execute_start", "work", "function")],
  [59, event("workqueue_queue_work", "work", "function", "", "req_cpu", "cpu", "workqueue")],
  [114, event("sched_wakeup_new", ...wake)],
  [316, event("fence_init", ...fence)],
  [317, event("fence_destroy", ...fence)],
  [318, event("fence_enable_signal", ...fence)],
  [319, event("fence_signaled", ...fence)],
  [320, event("clk_enable", "name")],
  [321, event("clk_disable", "name")],
  [408, event("console", "msg")],
  [409, event("drm_vblank_event", "crtc", "high_prec", "seq", "time")],
  [410, event("drm_vblank_event_delivered", "crtc", "file", "seq")],
  [411, event("drm_sched_job", ...oldJob)],
  [412, event("drm_run_job", ...oldJob)],
  [413, event("drm_sched_process_job", "fence")],
  [414, event("dma_fence_init", ...fence)],
  [415, event("dma_fence_emit", ...fence)],
  [416, event("dma_fence_signaled", ...fence)],
  [417, event("dma_fence_wait_start", ...fence)],
  [418, event("dma_fence_wait_end", ...fence)],
  [468, event("virtio_gpu_cmd_queue", ...virtio)],
  [469, event("virtio_gpu_cmd_response", ...virtio)],
  [551, event("hrtimer_start", "hrtimer", "function", "expires", "softexpires", "mode")],
  [553, event("hrtimer_expire_entry", "hrtimer", "now", "function")],
  [591, event("drm_sched_job_add_dep", ...dependency)],
  [592, event("drm_sched_job_done", "fence_context", "fence_seqno")],
  [593, event("drm_sched_job_queue", ...job)],
  [594, event("drm_sched_job_run", ...job)],
  // By the order of the names; none of the samples has it.
  [595, event("drm_sched_job_unschedulable", ...dependency)],
]);
