// What a task's program does besides calling the driver: time, marks, the recording, checks,
// and the driver's sysfs and debugfs controls.

import * as f from "../field.ts";
import { pidMax } from "../limits.ts";
import { event } from "../spec.ts";

/** What can be read. */
export const showNames = [
  "profiling",
  "gems",
  "gpuvas",
  "shrink",
  "governor",
  "min_freq",
  "max_freq",
  "set_freq",
  "polling_interval",
  "cur_freq",
  "target_freq",
] as const;

export const programEvents = {
  sleep: event("Sleeps: nanosleep, with the kernel's timer slack of 50 us.", {
    for: f.duration("how long"),
  }),
  compute: event("The program uses the CPU.", { for: f.duration("how long") }),
  yield: event("The program gives up the CPU for a moment, as a write to a terminal may.", {}),
  clone: event("The program starts another task: the events of that one begin here.", {
    pid: f.int("the task, whose events follow", pidMax, 1),
    process: f.flag("a process of its own; without it, a thread"),
  }),
  join: event(
    "Waits until a task that was cloned has ended: pthread_join, or wait4 for a process.",
    {
      pid: f.int("the task", pidMax, 1),
    },
  ),
  clock: event("The program reads the clock.", {}),
  mark: event("Writes a mark into the timeline.", { text: f.text("the mark") }),
  record_start: event("The timeline begins here: what came before is preparation.", {}),
  record_stop: event("The timeline ends here.", {}),
  expect: event("Checks the return value of the task's last call.", {
    ret: f.ret("expected return value"),
  }),
  set_profiling: event("Writes the device's `profiling` attribute.", {
    mask: f.int("1: cycles, 2: timestamps", 0xffffffff),
    ret: f.opt(f.ret("expected result")),
  }),
  show: event(
    "Reads the device's `profiling` attribute, one of the driver's debugfs files, or an attribute " +
      "of the GPU in /sys/class/devfreq.",
    {
      name: f.word("which", showNames),
      has: f.opt(f.text("text that a line of it is expected to have")),
      ret: f.opt(f.ret("expected result")),
    },
  ),
  set_devfreq: event("Writes an attribute of the GPU in /sys/class/devfreq.", {
    attribute: f.word("which", [
      "governor",
      "min_freq",
      "max_freq",
      "set_freq",
      "polling_interval",
    ]),
    value: f.text("what is written: a governor, Hz or ms"),
    ret: f.opt(f.ret("expected result")),
  }),
  trace_event: event("Switches one of the driver's own trace events on or off.", {
    name: f.word("which", ["gpu_job_irq", "gpu_power_status"]),
    off: f.flag("off instead of on"),
  }),
  shrink: event("Writes the driver's `shrink` debugfs control: reclaims pages now.", {
    pages: f.int("pages to reclaim", 0xffffffff),
  }),
  system_suspend: event(
    "Suspends the system, until something wakes it; the clock of the timeline stands still.",
    {
      for: f.duration("how long it sleeps"),
      wake: f.opt(
        f.word("something wakes it on the way, and it does not sleep", [
          "freezing",
          "devices",
          "late",
          "noirq",
        ]),
      ),
      ret: f.opt(f.ret("expected result")),
    },
  ),
  plug: event("The platform device appears; the driver probes it.", {
    ret: f.opt(f.ret("expected result of the probe")),
  }),
  rmmod: event("Unloads the driver, for good.", { ret: f.opt(f.ret("expected result")) }),
  unbind: event("The driver is unbound from the device.", {}),
};
