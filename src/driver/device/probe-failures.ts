// Steps of the probe that fail for a reason outside the driver: a clock that is not there yet, an
// interrupt that somebody else has, a region that is taken. Failing allocations are in
// machine/memory/fail-nth.ts; what the device itself says (GPU_ID, a boot that fails) in src/device.
// Kernel: panthor_drv.c (panthor_probe), panthor_device.c (panthor_device_init), and what these call.
// There is no step for a reset line: the driver asks for none.

import {
  EBUSY,
  EEXIST,
  EINVAL,
  EIO,
  ENODEV,
  ENOENT,
  ENOMEM,
  ENXIO,
  EPROBE_DEFER,
  ERANGE,
  errnoName,
} from "../../machine/errno.ts";
import { K } from "../../timeline/kinds.ts";
import type { Recorder } from "../../timeline/recorder.ts";

/** The steps in the order of the probe, and the error that each one fails with unless told. */
export const probeSteps = {
  /** devm_drm_dev_alloc(). */
  drm_dev_alloc: ENOMEM,
  /** panthor_clk_init(): devm_clk_get(), and devm_clk_get_optional() twice. */
  clk_core: ENOENT,
  clk_stacks: EPROBE_DEFER,
  clk_coregroup: EPROBE_DEFER,
  /** panthor_init_power(): devm_pm_domain_attach_list(). */
  power_domains: EPROBE_DEFER,
  /** panthor_devfreq_init(): devm_pm_opp_set_regulators(), … */
  opp_regulators: EPROBE_DEFER,
  /** devm_pm_opp_of_add_table(). */
  opp_table: ENODEV,
  /** devm_regulator_get_enable_optional(). */
  sram_supply: EIO,
  /** devfreq_recommended_opp(). */
  recommended_opp: ERANGE,
  /** dev_pm_opp_set_opp(). */
  set_opp: EIO,
  /** dev_pm_opp_find_freq_floor(). */
  fastest_opp: ERANGE,
  /** devm_devfreq_add_device(): there is no such governor. */
  devfreq_governor: EINVAL,
  /** devm_platform_get_and_ioremap_resource(): somebody has the region. */
  iomem: EBUSY,
  /** panthor_device_resume(): clk_prepare_enable(). */
  clk_enable_core: EIO,
  clk_enable_stacks: EIO,
  clk_enable_coregroup: EIO,
  /** overload_shader_present(): nvmem_cell_read_variable_le_u64(). */
  shader_present: EIO,
  /** panthor_pwr_init(): platform_get_irq_byname("gpu"), request_threaded_irq(). */
  irq_pwr: ENXIO,
  request_irq_pwr: EBUSY,
  /** panthor_gpu_init(): dma_set_mask_and_coherent(), and so on. */
  dma_mask: EIO,
  irq_gpu: ENXIO,
  request_irq_gpu: EBUSY,
  /** panthor_mmu_init(). */
  irq_mmu: ENXIO,
  request_irq_mmu: EBUSY,
  /** panthor_fw_init(). */
  irq_job: ENXIO,
  request_irq_job: EBUSY,
  /** panthor_fw_load(): request_firmware(). */
  firmware: ENOENT,
  /** drm_dev_register(): device_add() of a minor. */
  minor_render: EEXIST,
  minor_primary: EEXIST,
  /** really_probe(): the driver's attributes, behind a probe that worked. */
  dev_groups: EEXIST,
} as const;

export type ProbeStep = keyof typeof probeSteps;

export const probeStepNames = Object.keys(probeSteps) as ProbeStep[];

/** Failures that wait for their step in the next probe. */
export class ProbeFailures {
  private readonly armed = new Map<ProbeStep, number>();

  /** The step fails with `-errno` in the next probe. */
  arm(step: ProbeStep, errno: number = probeSteps[step]): void {
    this.armed.set(step, errno);
  }

  /** The step begins: 0, or the negative errno that it ends with. */
  take(rec: Recorder, step: ProbeStep): number {
    const errno = this.armed.get(step);
    if (errno === undefined) return 0;
    this.armed.delete(step);
    rec.emit(K.dev_state, rec.str(`probe_failure ${step} -${errnoName(errno)}`), 0, 0);
    return -errno;
  }

  /** The probe is over: what it did not come to does not fail later. */
  clear(): void {
    this.armed.clear();
  }
}
