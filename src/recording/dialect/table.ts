// The dialects: which event of which kernel generation is which timeline entry.
// One row per event name. Sources: the events' format files of Linux 3.4 to 7.3, the text that
// trace-cmd's own plug-ins print, and the events of the recorder of this project's recordings.

import type { KindName } from "../../timeline/kinds.ts";
import type { DialectRow } from "./row.ts";

const dmaFenceText = ["driver={driver} timeline={timeline} context={context} seqno={seqno}"];
const wakeRecord = { cpu: "target_cpu" };
const wakeText = [
  "comm={comm} pid={pid} prio={prio} target_cpu={cpu}",
  "{comm}:{pid} [{prio}] CPU:{cpu}",
  "{comm}:{pid} [{prio}] success={_} CPU:{cpu}",
  "comm={comm} pid={pid} prio={prio} success={_} target_cpu={cpu}",
];
const softirqText = ["vec={vec} [action={action}]"];
const softirqRecord = { action: ["vec", "symbol"] } as const;
const workText = [
  "work={work:object}: function {function:function}",
  "work struct {work:object}: function {function:function}",
];
const rpmText = ["{dev} flags-{flags} cnt-{usage} dep-{_}"];
const rpmRecord = { dev: "name", usage: "usage_count" };
const oldJobText =
  "fence={seqno:%}, ring={ring}, job count:{job_count}, hw job count:{hw_job_count}";
const jobText = [
  "dev={_}, fence={context}:{seqno}, ring={ring}, job count:{job_count}, hw job count:{hw_job_count}",
  "dev={_}, fence=(context:{context}, seqno:{seqno}), ring={ring}, job count:{job_count}, " +
    "hw job count:{hw_job_count}",
];
const jobRecord = { context: "fence_context", seqno: "fence_seqno", ring: "name" };
const dependRecord = {
  context: "fence_context",
  seqno: "fence_seqno",
  dep_context: "ctx",
  dep_seqno: "seqno",
};
const requestText = ["csg={csg} cs={cs} field={field} req=0x{req} ack=0x{ack} diff=0x{diff}"];

function dmaFence(suffix: string, kind: KindName): DialectRow[] {
  return [
    { event: `dma_fence_${suffix}`, kind, text: dmaFenceText },
    // Before 4.10.
    { event: `fence_${suffix}`, kind, text: dmaFenceText },
  ];
}

const rows: readonly DialectRow[] = [
  ...dmaFence("init", "dma_fence_init"),
  ...dmaFence("emit", "dma_fence_emit"),
  ...dmaFence("enable_signal", "dma_fence_enable_signal"),
  ...dmaFence("signaled", "dma_fence_signaled"),
  ...dmaFence("destroy", "dma_fence_destroy"),
  ...dmaFence("wait_start", "dma_fence_wait_start"),
  ...dmaFence("wait_end", "dma_fence_wait_end"),

  // gpu_scheduler from 6.17.
  { event: "drm_sched_job_queue", kind: "drm_sched_job_queue", text: jobText, record: jobRecord },
  { event: "drm_sched_job_run", kind: "drm_sched_job_run", text: jobText, record: jobRecord },
  {
    event: "drm_sched_job_done",
    kind: "drm_sched_job_done",
    text: ["fence={context}:{seqno} signaled", "fence=(context:{context}, seqno:{seqno}) signaled"],
    record: { context: "fence_context", seqno: "fence_seqno" },
  },
  {
    event: "drm_sched_job_add_dep",
    kind: "drm_sched_job_add_dep",
    text: [
      "fence={context}:{seqno} depends on fence={dep_context}:{dep_seqno}",
      "fence=(context:{context}, seqno:{seqno}) depends on " +
        "fence=(context:{dep_context}, seqno:{dep_seqno})",
    ],
    record: dependRecord,
  },
  {
    event: "drm_sched_job_unschedulable",
    kind: "drm_sched_job_unschedulable",
    text: [
      "fence={context}:{seqno} depends on unsignalled fence={dep_context}:{dep_seqno}",
      "fence=(context:{context}, seqno:{seqno}) depends on unsignalled " +
        "fence=(context:{dep_context}, seqno:{dep_seqno})",
    ],
    record: dependRecord,
  },

  // gpu_scheduler up to 6.16: fences are addresses, of use within one recording only.
  {
    event: "drm_sched_job",
    kind: "drm_sched_job_queue",
    text: [`entity={_}, id={context:job}, ${oldJobText.replace("%", "queued")}`],
    record: { context: ["id", "job"], seqno: ["fence", "queued"], ring: "name" },
  },
  {
    event: "drm_run_job",
    kind: "drm_sched_job_run",
    text: [`entity={_}, id={context:none}, ${oldJobText.replace("%", "fence")}`],
    record: { context: ["id", "none"], seqno: ["fence", "fence"], ring: "name" },
  },
  {
    event: "drm_sched_process_job",
    kind: "drm_sched_job_done",
    text: ["fence={seqno:fence} signaled"],
    record: { context: ["fence", "none"], seqno: ["fence", "fence"] },
  },
  {
    event: "drm_sched_job_wait_dep",
    kind: "drm_sched_job_unschedulable",
    text: [
      "job ring={_}, id={seqno:dependent}, depends fence={context:none}, context={dep_context}, seq={dep_seqno}",
    ],
    record: {
      context: ["id", "none"],
      seqno: ["id", "dependent"],
      dep_context: "ctx",
      dep_seqno: "seqno",
    },
  },

  // panthor's own.
  {
    event: "gpu_power_status",
    kind: "gpu_power_status",
    text: ["{dev}: shader_bitmap=0x{shader} tiler_bitmap=0x{tiler} l2_bitmap=0x{l2}"],
    record: {
      dev: "dev_name",
      shader: "shader_bitmap",
      tiler: "tiler_bitmap",
      l2: "l2_bitmap",
    },
  },
  {
    event: "gpu_job_irq",
    kind: "gpu_job_irq",
    text: ["{dev}: events=0x{events} duration_ns={duration_ns}"],
    record: { dev: "dev_name" },
  },

  // Register accesses of arm64 with CONFIG_TRACE_MMIO_ACCESS: the accessor's name stands for the
  // register until the device's base address is known.
  {
    event: "rwmmio_write",
    kind: "mmio_write",
    text: ["{_} -> {reg:function} width={_} val={val} addr={off}"],
    record: { off: "addr", reg: ["caller", "function"] },
  },
  {
    event: "rwmmio_post_read",
    kind: "mmio_read",
    text: ["{_} -> {reg:function} width={_} val={val} addr={off}"],
    record: { off: "addr", reg: ["caller", "function"] },
  },

  // Interrupts.
  {
    event: "irq_handler_entry",
    kind: "irq_handler_entry",
    text: ["irq={irq} name={name}"],
  },
  {
    event: "irq_handler_exit",
    kind: "irq_handler_exit",
    text: ["irq={irq} ret={ret:handled}"],
    record: { ret: ["ret", "handled"] },
  },
  { event: "softirq_raise", kind: "softirq_raise", text: softirqText, record: softirqRecord },
  { event: "softirq_entry", kind: "softirq_entry", text: softirqText, record: softirqRecord },
  { event: "softirq_exit", kind: "softirq_exit", text: softirqText, record: softirqRecord },

  // Tasks.
  { event: "sched_waking", kind: "sched_waking", text: wakeText, record: wakeRecord },
  { event: "sched_wakeup", kind: "sched_wakeup", text: wakeText, record: wakeRecord },
  { event: "sched_wakeup_new", kind: "sched_wakeup_new", text: wakeText, record: wakeRecord },
  {
    event: "sched_switch",
    kind: "sched_switch",
    text: [
      "prev_comm={prev_comm} prev_pid={prev_pid} prev_prio={prev_prio} prev_state={prev_state} ==> " +
        "next_comm={next_comm} next_pid={next_pid} next_prio={next_prio}",
      "{prev_comm}:{prev_pid} [{prev_prio}] {prev_state} ==> {next_comm}:{next_pid} [{next_prio}]",
    ],
    record: { prev_state: ["prev_state", "state"] },
  },

  // Work items and timers.
  {
    event: "workqueue_queue_work",
    kind: "workqueue_queue_work",
    text: [
      "work={work:object} function={function:function} workqueue={workqueue} req_cpu={_} cpu={_}",
      "work struct={work:object} function={function:function} workqueue={workqueue} req_cpu={_}",
      "work struct={work:object} function={function:function} workqueue={_} req_cpu={_}",
    ],
    record: { work: ["work", "object"], function: ["function", "function"] },
  },
  {
    event: "workqueue_activate_work",
    kind: "workqueue_activate_work",
    text: [
      "work={work:object} function={function:function}",
      "work struct {work:object} function={function:function}",
      // Up to 6.9.
      "work struct {work:object}",
    ],
    record: { work: ["work", "object"], function: ["function", "function"] },
  },
  ...(["workqueue_execute_start", "workqueue_execute_end"] as const).map((event): DialectRow => ({
    event,
    kind: event,
    text: [...workText, "work struct {work:object}"],
    record: {
      work: ["work", "object"],
      function: ["function", "function"],
    },
  })),
  {
    event: "timer_start",
    kind: "timer_start",
    text: [
      "timer={timer:object} function={function:function} expires={expires} [timeout={timeout}]",
    ],
    record: {
      timer: ["timer", "object"],
      function: ["function", "function"],
      timeout: ["now", "until"],
    },
  },
  {
    event: "timer_cancel",
    kind: "timer_cancel",
    text: ["timer={timer:object}"],
    record: { timer: ["timer", "object"] },
  },
  {
    event: "timer_expire_entry",
    kind: "timer_expire_entry",
    text: ["timer={timer:object} function={function:function} now={now}"],
    record: { timer: ["timer", "object"], function: ["function", "function"] },
  },
  {
    event: "timer_expire_exit",
    kind: "timer_expire_exit",
    text: ["timer={timer:object}"],
    record: { timer: ["timer", "object"] },
  },

  // Runtime PM and clocks.
  { event: "rpm_idle", kind: "rpm_idle", text: rpmText, record: rpmRecord },
  { event: "rpm_resume", kind: "rpm_resume", text: rpmText, record: rpmRecord },
  { event: "rpm_suspend", kind: "rpm_suspend", text: rpmText, record: rpmRecord },
  { event: "rpm_usage", kind: "rpm_usage", text: rpmText, record: rpmRecord },
  {
    event: "rpm_return_int",
    kind: "rpm_return_int",
    text: ["{function:function}:{dev} ret={ret}"],
    record: { function: ["ip", "function"], dev: "name" },
  },
  {
    event: "rpm_status",
    kind: "rpm_status",
    text: ["{dev} status={status}"],
    record: { dev: "name", status: ["status", "symbol"] },
  },
  {
    event: "suspend_resume",
    kind: "suspend_resume",
    text: ["{action}[{val}] {state}"],
    record: { action: "action", val: "val", state: ["start", "symbol"] },
  },
  {
    event: "device_pm_callback_start",
    kind: "device_pm_callback_start",
    text: ["{driver} {dev}, parent: {parent}, {ops:text}[{event}]"],
    record: {
      driver: "driver",
      dev: "device",
      parent: "parent",
      ops: "pm_ops",
      event: ["event", "symbol"],
    },
  },
  {
    event: "device_pm_callback_end",
    kind: "device_pm_callback_end",
    text: ["{driver} {dev}, err={err}"],
    record: { driver: "driver", dev: "device", err: "error" },
  },
  { event: "clk_enable", kind: "clk_enable", text: ["{clk}"], record: { clk: "name" } },
  { event: "clk_disable", kind: "clk_disable", text: ["{clk}"], record: { clk: "name" } },

  // What users and the kernel log say.
  {
    event: "tracing_mark_write",
    kind: "user_mark",
    text: ["{text:text}"],
    record: { text: "buf" },
  },
  // bpftrace's debugf().
  {
    event: "bpf_trace_printk",
    kind: "user_mark",
    text: ["{text:text}"],
    record: { text: ["bpf_string", "text"] },
  },
  // trace-cmd prints the caller's name first.
  {
    event: "print",
    kind: "user_mark",
    text: ["{_}: {text:text}"],
    record: { text: ["buf", "text"] },
  },
  {
    event: "console",
    kind: "printk",
    text: ["{text:text}"],
    record: { text: ["msg", "text"] },
  },

  // The recorder of this project's recordings.
  {
    event: "mmio_read",
    kind: "mmio_read",
    text: ["off=0x{off} val=0x{val} reg={reg}"],
  },
  {
    event: "mmio_write",
    kind: "mmio_write",
    text: ["off=0x{off} val=0x{val} reg={reg}"],
  },
  ...(["irq_raise", "irq_lower", "irq_deliver"] as const).map((event) => ({
    event,
    kind: event,
    text: ["line={line} rawstat=0x{rawstat} mask=0x{mask}"],
  })),
  ...(["host_req", "fw_seen", "fw_ack", "fw_event"] as const).map((event) => ({
    event,
    kind: event,
    text: requestText,
  })),
  {
    event: "iface_cfg",
    kind: "iface_cfg",
    text: ["csg={csg} cs={cs} field={field} val=0x{val}"],
  },
  {
    event: "user_doorbell",
    kind: "user_doorbell",
    text: ["doorbell={doorbell} {_:text}"],
  },
  { event: "dev_state", kind: "dev_state", text: ["{state} a=0x{a} b=0x{b}"] },
  {
    event: "cs_instr",
    kind: "cs_instr",
    text: ["csg={csg} cs={cs} in_call={in_call} pc=0x{pc} word=0x{word_hi:word} {op}"],
  },
  {
    event: "cs_state",
    kind: "cs_state",
    text: ["csg={csg} cs={cs} state={state} extract={extract} insert={insert}"],
  },
  {
    event: "sync_write",
    kind: "sync_write",
    text: ["csg={csg} cs={cs} as={as} va=0x{va} old={old} new={new} status=0x{status}"],
  },
  { event: "as_fault", kind: "as_fault", text: ["as={as} va=0x{va} status=0x{status}"] },
];

/** All rows by event name. */
export const dialect: ReadonlyMap<string, DialectRow> = new Map(rows.map((r) => [r.event, r]));
