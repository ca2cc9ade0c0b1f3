// What happens to the device, at a task's hand, by itself at a time, or from the start.

import * as f from "../field.ts";
import { happening } from "../spec.ts";

const count = f.orElse(f.int("how many times", 0xffffffff, 1), 1);
const line = f.word("interrupt line", ["gpu", "mmu", "job", "pwr"]);

const pwrCommands = {
  commands: f.flags("which commands", ["power_up", "power_down", "delegate", "retract"]),
  count,
  skip: f.orElse(f.int("this many of them still work first", 0xffffffff), 0),
};

const asCommands = {
  commands: f.flags("which commands", ["update", "lock", "unlock", "flush_pt", "flush_mem"]),
  spaces: f.opt(f.word32("address spaces as a bit mask; all without it")),
  skip: f.orElse(f.int("this many commands still complete first", 0xffffffff), 0),
};

const tamper = {
  space: f.int("address space", 31),
  va: f.address("address in the page"),
};

/** The device's latencies, and what a register access costs the CPU. */
export const latencyNames = [
  "irq_delay",
  "soft_reset",
  "cache_flush",
  "l2_power",
  "pwr_command",
  "as_command",
  "mcu_boot",
  "mcu_halt",
  "mcu_stop",
  "fw_global_doorbell",
  "csg_start",
  "csg_resume",
  "csg_suspend",
  "csg_terminate",
  "csg_update",
  "cs_doorbell",
  "cs_instruction",
  "cs_flush",
  "csg_idle",
  "csg_ack_mask",
  "as_update",
  "pte_write",
  "mmio_read",
  "mmio_write",
] as const;

/** What can fail in a probe, in its order (src/driver/device/probe-failures.ts). */
export const probeStepNames = [
  "drm_dev_alloc",
  "clk_core",
  "clk_stacks",
  "clk_coregroup",
  "power_domains",
  "opp_regulators",
  "opp_table",
  "sram_supply",
  "recommended_opp",
  "set_opp",
  "fastest_opp",
  "devfreq_governor",
  "iomem",
  "clk_enable_core",
  "clk_enable_stacks",
  "clk_enable_coregroup",
  "shader_present",
  "irq_pwr",
  "request_irq_pwr",
  "dma_mask",
  "irq_gpu",
  "request_irq_gpu",
  "irq_mmu",
  "request_irq_mmu",
  "irq_job",
  "request_irq_job",
  "firmware",
  "minor_render",
  "minor_primary",
  "dev_groups",
] as const;

export const happenings = {
  fw_dead: happening("The firmware stops answering, until it is booted again; streams go on.", {}),
  fw_late: happening("The firmware answers the next requests of groups later.", {
    by: f.duration("extra latency"),
    count,
  }),
  fw_loses_request: happening("The firmware misses the next global doorbells.", { count }),
  boot_fail: happening("The next boots of the MCU fail; 0 ends it.", {
    count: f.int("how many", 0xffffffff),
  }),
  reset_stuck: happening("The next soft resets never complete.", { count }),
  power_fail: happening("Power domains do not come up, the next times.", { count }),
  pwr_stuck: happening(
    "The next commands of the power control block never end, until the next soft reset.",
    pwrCommands,
  ),
  pwr_refused: happening("The power control block does not allow the next commands.", pwrCommands),
  fw_keeps_power: happening("The firmware leaves its power domains on when it halts.", { count }),
  as_stuck: happening("Address spaces stay busy until the next soft reset.", {
    mask: f.word32("address spaces as a bit mask"),
  }),
  as_command_stuck: happening("Address space commands never complete.", asCommands),
  as_command_ignored: happening("Address space commands have no effect.", asCommands),
  flush_stuck: happening("Cache flushes never complete, until the next soft reset.", {}),
  gpu_hang: happening("All streams stop making progress, until the next soft reset.", {}),
  irq_lost: happening("Interrupts of a line do not reach the CPU.", { line, count }),
  irq_spurious: happening("A pulse on a line that no source asked for.", { line }),
  sync_mute: happening("The next sync object writes raise no event.", { count }),
  slow_suspend: happening("The next group suspends take longer.", {
    for: f.duration("how long they take"),
    count,
  }),
  suspend_finishes_job: happening("The next group suspends let the running job end first.", {
    count,
  }),
  flush_raises_sync: happening("The next cache flushes also raise a sync event on slot 0.", {
    count,
  }),
  event_storm: happening("Sync events on group slots, again and again, while the MCU runs.", {
    count: f.int("how many", 0xffffffff, 1),
    period: f.duration("time between them"),
    mask: f.word32("group slots as a bit mask"),
  }),
  late_events: happening("Sync events after the next suspend has been acknowledged.", {
    delays: f.durations("when, after the acknowledgement"),
  }),
  latency: happening("From now on, something of the device takes this long.", {
    of: f.word("what", latencyNames),
    for: f.duration("how long"),
  }),
  pt_zap: happening("The translation of a page vanishes behind the driver's back.", tamper),
  pt_forge: happening("A translation appears behind the driver's back.", tamper),
  fw_user_rings: happening(
    "From now on the firmware treats rings as user submission needs it: it shows ACTIVE, and a " +
      "global doorbell makes blocked streams look again.",
    {
      late: f.flag("it looks at INSERT before it clears ACTIVE at a suspend, not after"),
      deaf: f.flag("a global doorbell does nothing for blocked streams"),
    },
  ),
  probe_failure: happening("A step of the next probe fails.", {
    step: f.word("which", probeStepNames),
    errno: f.opt(f.errno("error, instead of what the step usually fails with")),
  }),
  alloc_fail: happening("Memory allocations of the kernel fail.", {
    nth: f.orElse(f.int("the first that fails, counted from now", 0xffffffff, 1), 1),
    count,
  }),
};
