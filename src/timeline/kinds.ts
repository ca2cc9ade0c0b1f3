// The kinds of timeline entries: one row per event, with its fields in print order.
// Names and fields follow the kernel's tracepoints (and the recorder's device events), so that a
// timeline line reads like the ftrace line it stands for. To add a trace event, add a row here.

/** How a field is stored and printed: `str` is an interned string id, `hex*` print as 0x%0Nx. */
export type FieldType = "int" | "hex" | "hex32" | "str";

/** Coarse grouping used by filters (`--timeline fences|registers|all`) and goldens. */
export type Category =
  | "register"
  | "irq"
  | "sched"
  | "work"
  | "timer"
  | "fence"
  | "job"
  | "fw"
  | "device"
  | "pm"
  | "lock"
  | "user"
  | "log";

export interface KindSpec {
  readonly category: Category;
  readonly fields: Readonly<Record<string, FieldType>>;
}

const spec = <const T extends Record<string, KindSpec>>(t: T): T => t;

export const kindSpecs = spec({
  mmio_read: { category: "register", fields: { off: "hex", val: "hex32", reg: "str" } },
  mmio_write: { category: "register", fields: { off: "hex", val: "hex32", reg: "str" } },

  irq_raise: { category: "irq", fields: { line: "str", rawstat: "hex32", mask: "hex32" } },
  irq_lower: { category: "irq", fields: { line: "str", rawstat: "hex32", mask: "hex32" } },
  irq_deliver: { category: "irq", fields: { line: "str", rawstat: "hex32", mask: "hex32" } },
  irq_handler_entry: { category: "irq", fields: { irq: "int", name: "str" } },
  irq_handler_exit: { category: "irq", fields: { irq: "int", ret: "str" } },
  softirq_raise: { category: "irq", fields: { vec: "int", action: "str" } },
  softirq_entry: { category: "irq", fields: { vec: "int", action: "str" } },
  softirq_exit: { category: "irq", fields: { vec: "int", action: "str" } },

  sched_waking: { category: "sched", fields: { comm: "str", pid: "int", prio: "int", cpu: "int" } },
  sched_wakeup: { category: "sched", fields: { comm: "str", pid: "int", prio: "int", cpu: "int" } },
  sched_wakeup_new: {
    category: "sched",
    fields: { comm: "str", pid: "int", prio: "int", cpu: "int" },
  },
  sched_switch: {
    category: "sched",
    fields: {
      prev_comm: "str",
      prev_pid: "int",
      prev_prio: "int",
      prev_state: "str",
      next_comm: "str",
      next_pid: "int",
      next_prio: "int",
    },
  },

  workqueue_queue_work: {
    category: "work",
    fields: { work: "int", function: "str", workqueue: "str" },
  },
  workqueue_activate_work: { category: "work", fields: { work: "int", function: "str" } },
  workqueue_execute_start: { category: "work", fields: { work: "int", function: "str" } },
  workqueue_execute_end: { category: "work", fields: { work: "int", function: "str" } },

  timer_start: {
    category: "timer",
    fields: { timer: "int", function: "str", expires: "int", timeout: "int" },
  },
  timer_cancel: { category: "timer", fields: { timer: "int" } },
  timer_expire_entry: { category: "timer", fields: { timer: "int", function: "str", now: "int" } },
  timer_expire_exit: { category: "timer", fields: { timer: "int" } },

  dma_fence_init: {
    category: "fence",
    fields: { driver: "str", timeline: "str", context: "int", seqno: "int" },
  },
  dma_fence_enable_signal: {
    category: "fence",
    fields: { driver: "str", timeline: "str", context: "int", seqno: "int" },
  },
  dma_fence_signaled: {
    category: "fence",
    fields: { driver: "str", timeline: "str", context: "int", seqno: "int", error: "int" },
  },
  dma_fence_destroy: {
    category: "fence",
    fields: { driver: "str", timeline: "str", context: "int", seqno: "int" },
  },
  dma_fence_wait_start: {
    category: "fence",
    fields: { driver: "str", timeline: "str", context: "int", seqno: "int" },
  },
  dma_fence_wait_end: {
    category: "fence",
    fields: { driver: "str", timeline: "str", context: "int", seqno: "int" },
  },

  /** Behind it a fence goes that never signalled, though others could see it. */
  fence_shared: {
    category: "fence",
    fields: { driver: "str", timeline: "str", context: "int", seqno: "int" },
  },

  drm_sched_job_queue: {
    category: "job",
    fields: { context: "int", seqno: "int", ring: "str", job_count: "int", hw_job_count: "int" },
  },
  drm_sched_job_run: {
    category: "job",
    fields: { context: "int", seqno: "int", ring: "str", job_count: "int", hw_job_count: "int" },
  },
  drm_sched_job_done: { category: "job", fields: { context: "int", seqno: "int" } },
  drm_sched_job_add_dep: {
    category: "job",
    fields: { context: "int", seqno: "int", dep_context: "int", dep_seqno: "int" },
  },
  drm_sched_job_unschedulable: {
    category: "job",
    fields: { context: "int", seqno: "int", dep_context: "int", dep_seqno: "int" },
  },

  host_req: {
    category: "fw",
    fields: { csg: "int", cs: "int", field: "str", req: "hex32", ack: "hex32", diff: "hex32" },
  },
  fw_seen: {
    category: "fw",
    fields: { csg: "int", cs: "int", field: "str", req: "hex32", ack: "hex32", diff: "hex32" },
  },
  fw_ack: {
    category: "fw",
    fields: { csg: "int", cs: "int", field: "str", req: "hex32", ack: "hex32", diff: "hex32" },
  },
  fw_event: {
    category: "fw",
    fields: { csg: "int", cs: "int", field: "str", req: "hex32", ack: "hex32", diff: "hex32" },
  },
  iface_cfg: { category: "fw", fields: { csg: "int", cs: "int", field: "str", val: "hex" } },

  dev_state: { category: "device", fields: { state: "str", a: "hex", b: "hex" } },
  cs_instr: {
    category: "device",
    fields: {
      csg: "int",
      cs: "int",
      in_call: "int",
      pc: "hex",
      word_hi: "hex32",
      word_lo: "hex32",
      op: "str",
    },
  },
  cs_state: {
    category: "device",
    fields: { csg: "int", cs: "int", state: "str", extract: "int", insert: "int" },
  },
  sync_write: {
    category: "device",
    fields: {
      csg: "int",
      cs: "int",
      as: "int",
      va: "hex",
      old: "int",
      new: "int",
      status: "hex32",
    },
  },
  // No tracepoint: translations that are taken out of a table.
  pgtable_unmap: { category: "device", fields: { table: "hex", iova: "hex", size: "hex" } },
  as_fault: { category: "device", fields: { as: "int", va: "hex", status: "hex32" } },

  rpm_idle: { category: "pm", fields: { dev: "str", flags: "hex", usage: "int" } },
  rpm_resume: { category: "pm", fields: { dev: "str", flags: "hex", usage: "int" } },
  rpm_suspend: { category: "pm", fields: { dev: "str", flags: "hex", usage: "int" } },
  rpm_usage: { category: "pm", fields: { dev: "str", flags: "hex", usage: "int" } },
  rpm_return_int: { category: "pm", fields: { function: "str", dev: "str", ret: "int" } },
  rpm_status: { category: "pm", fields: { dev: "str", status: "str" } },
  // System sleep.
  suspend_resume: { category: "pm", fields: { action: "str", val: "int", state: "str" } },
  device_pm_callback_start: {
    category: "pm",
    fields: { driver: "str", dev: "str", parent: "str", ops: "str", event: "str" },
  },
  device_pm_callback_end: { category: "pm", fields: { driver: "str", dev: "str", err: "int" } },
  clk_enable: { category: "pm", fields: { clk: "str" } },
  clk_disable: { category: "pm", fields: { clk: "str" } },
  clk_set_rate: { category: "pm", fields: { clk: "str", rate: "int" } },
  gpu_power_status: {
    category: "pm",
    fields: { dev: "str", shader: "hex", tiler: "hex", l2: "hex" },
  },
  gpu_job_irq: { category: "irq", fields: { dev: "str", events: "hex32", duration_ns: "int" } },

  lock_acquire: { category: "lock", fields: { name: "str" } },
  lock_release: { category: "lock", fields: { name: "str" } },
  lock_contended: { category: "lock", fields: { name: "str" } },

  ioctl_begin: { category: "user", fields: { name: "str", args: "str" } },
  ioctl_end: { category: "user", fields: { name: "str", ret: "int", result: "str" } },
  user_mark: { category: "user", fields: { text: "str" } },

  printk: { category: "log", fields: { level: "str", text: "str" } },

  // A store to a user-mapped doorbell page; -1: the dummy page was behind it.
  user_doorbell: { category: "user", fields: { doorbell: "int" } },

  // No tracepoint: the fence context of a queue that is made, the suspend buffer of its group, its
  // index in the group.
  queue_fences: {
    category: "device",
    fields: { context: "int", suspend_buf: "hex", cs: "int" },
  },

  // No tracepoint: a program gives a queue up, with its group or its file; its fence context.
  queue_closed: { category: "device", fields: { context: "int" } },

  // In recordings only: few drivers emit it, panthor does not.
  dma_fence_emit: {
    category: "fence",
    fields: { driver: "str", timeline: "str", context: "int", seqno: "int" },
  },
});

export type KindName = keyof typeof kindSpecs;

/** Kind names in id order: the id of a kind is its index here. */
export const kindNames = Object.keys(kindSpecs) as ReadonlyArray<KindName>;

/** Numeric id of each kind, for `Recorder.emit`. */
export const K = Object.fromEntries(kindNames.map((name, id) => [name, id])) as Record<
  KindName,
  number
>;

/** Fields of a kind by id, in storage and print order. */
export const kindFields: ReadonlyArray<ReadonlyArray<readonly [string, FieldType]>> = kindNames.map(
  (name) => Object.entries(kindSpecs[name].fields),
);

export const kindCategory: ReadonlyArray<Category> = kindNames.map(
  (name) => kindSpecs[name].category,
);
