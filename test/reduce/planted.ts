// Ten failures, each with the least that shows it: written by hand from what the bug needs, with
// nothing of it to spare (failures.test.ts tries every part of it).

export interface Planted {
  readonly bad: string;
  readonly predicate: string;
  /** Programs of noise that it is planted into; two or three where left out. */
  readonly programs?: number;
  /** Header and sections before the events. */
  readonly head?: string;
  readonly events: readonly string[];
}

/** What every use of the device begins with. */
const opened = ["+0: plug:", "+200ms: open:"];
const vm = [...opened, "+0: vm_create: vm=vm0"];
const buffer = [...vm, "+0: bo_create: bo=own size=64KiB vm=vm0"];
const mapped = [...buffer, "+0: vm_bind: vm=vm0 op=map bo=own va=0x1000000 size=64KiB"];
/** A buffer with a command stream, where the GPU can read it, and a group. */
const group = (from: readonly string[]): string[] => [
  ...from,
  "+0: bo_create: bo=own size=64KiB vm=vm0",
  "+0: bo_write: bo=own stream=work",
  "+0: vm_bind: vm=vm0 op=map bo=own va=0x1000000 size=64KiB",
  "+0: group_create: group=group0 vm=vm0 queue={}",
];
const queues = (count: number): string => Array(count).fill("queue={}").join(" ");

export const planted: readonly Planted[] = [
  {
    // An offset inside a page is to be refused.
    bad: "corpus/bo-offset-unchecked",
    predicate: "result vm_bind",
    events: [
      ...buffer,
      "+0: vm_bind: vm=vm0 op=map bo=own offset=0x800 va=0x1000000 size=4KiB ret=-EINVAL",
    ],
  },
  {
    // The probe of a coherent device is all that it takes.
    bad: "corpus/coherency-before-power",
    predicate: "check unpowered-access",
    head: "options: {coherent: true}",
    events: ["+0: plug: ret=any"],
  },
  {
    // A firmware that does not boot in the probe.
    bad: "corpus/halt-at-unplug",
    predicate: "warning NULL pointer",
    head: 'faults: ["boot_fail: count=1"]',
    events: ["+0: plug: ret=-ETIMEDOUT"],
  },
  {
    // A buffer that may not be mapped gets no offset.
    bad: "corpus/mmap-offset-of-no-mmap",
    predicate: "result bo_mmap_offset",
    events: [
      ...opened,
      "+0: bo_create: bo=own size=64KiB flags=no_mmap",
      "+0: bo_mmap_offset: bo=own ret=-EPERM",
    ],
  },
  {
    // An unmap from the middle leaves two parts.
    bad: "corpus/one-vma-for-unmap",
    predicate: "warning NULL pointer",
    events: [...mapped, "+0: vm_bind: vm=vm0 op=unmap va=0x1004000 size=16KiB"],
  },
  {
    // A job that wants tiler memory on a VM without heaps. The device is awake from the probe: it
    // has begun before the program is gone.
    bad: "corpus/oom-error-pointer",
    predicate: "warning Unable to handle kernel",
    programs: 1,
    head: 'streams: {work: "tiler_oom"}',
    events: [
      ...group(["+0: plug:", "+0: open:", "+0: vm_create: vm=vm0"]),
      "+0: group_submit: group=group0 stream=work",
    ],
  },
  {
    // More queues than the firmware has.
    bad: "corpus/queue-count-unchecked",
    predicate: "result group_create",
    events: [...vm, `+0: group_create: group=group0 vm=vm0 ${queues(9)} ret=-EINVAL`],
  },
  {
    // An address space of the firmware that stays busy in the probe.
    bad: "corpus/reset-during-init",
    predicate: "warning NULL pointer",
    head: 'faults: ["as_command_stuck: commands=update"]',
    events: ["+0: plug: ret=-ETIMEDOUT"],
  },
  {
    // A firmware that does not boot when the device resumes, as it does to be unplugged.
    bad: "corpus/resume-error-lost",
    predicate: "warning panthor_fw_resume",
    events: ["+0: plug:", "+200ms: boot_fail: count=1"],
  },
  {
    // A tick that sleeps for an acknowledgement which the interrupt's thread cannot hand on, 100 ms
    // during which the program has to live.
    bad: "irq-latency-mutant-irq-thread-takes-sched-lock",
    predicate: "fence any later than 50ms after queued",
    programs: 1,
    head: 'streams: {work: "run 100us"}',
    events: [...group(vm), "+0: group_submit: group=group0 stream=work", "+0: sleep: for=300ms"],
  },
];

/** The trace of a planted failure. */
export const textOf = ({ head, events }: Planted): string =>
  [
    "version: 1",
    "name: planted",
    "description: The least that shows it.",
    ...(head === undefined ? [] : [head]),
    "events:",
    "  - |",
    ...events.map((event) => `    app-100 ${event}`),
    "",
  ].join("\n");
