// What a task's program does besides calling the driver: time, marks, the recording, checks,
// and the driver's sysfs and debugfs controls.

import * as f from "../field.ts";
import { event } from "../spec.ts";

export const programEvents = {
  sleep: event("Sleeps: nanosleep, with the kernel's timer slack of 50 us.", {
    for: f.duration("how long"),
  }),
  compute: event("The program uses the CPU.", { for: f.duration("how long") }),
  yield: event("The program gives up the CPU for a moment, as a write to a terminal may.", {}),
  fork: event(
    "Starts another task of the trace, which begins with the events; without, it runs from the start.",
    { pid: f.int("pid of the task", 0x3fffff) },
  ),
  clock: event("The program reads the clock.", {}),
  mark: event("Writes a mark into the timeline.", { text: f.text("the mark") }),
  record_start: event("The timeline begins here: what came before is preparation.", {}),
  record_stop: event("The timeline ends here.", {}),
  expect: event("Checks the return value of the task's last call.", {
    ret: f.ret("expected return value"),
  }),
  set_profiling: event("Writes the device's `profiling` attribute.", {
    mask: f.int("1: cycles, 2: timestamps", 3),
  }),
  show: event("Reads the device's `profiling` attribute, or one of the driver's debugfs files.", {
    name: f.word("which", ["profiling", "gems", "gpuvas"]),
    has: f.opt(f.text("text that a line of it is expected to have")),
  }),
  trace_event: event("Switches one of the driver's own trace events on or off.", {
    name: f.word("which", ["gpu_job_irq", "gpu_power_status"]),
    off: f.flag("off instead of on"),
  }),
  shrink: event("Writes the driver's `shrink` debugfs control: reclaims pages now.", {
    pages: f.int("pages to reclaim", 0xffffffff),
  }),
  plug: event("The platform device appears; the driver probes it.", {
    ret: f.opt(f.ret("expected result of the probe")),
  }),
  unbind: event("The driver is unbound from the device.", {}),
};
