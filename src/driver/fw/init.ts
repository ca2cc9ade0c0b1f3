// Init and unplug of the firmware unit. Kernel: panthor_fw.c (panthor_fw_init, panthor_fw_unplug).

import type { Kernel } from "../../machine/core/op.ts";
import { ENODEV, ENOMEM } from "../../machine/errno.ts";
import { WaitQueue } from "../../machine/wait/wait-queue.ts";
import { DelayedWork } from "../../machine/workqueue/work.ts";
import type { PanthorDevice } from "../device/types.ts";
import type { Driver } from "../driver.ts";
import { JOB_INT_BASE } from "./regs.ts";
import { CSF_MCU_SHARED_REGION_SIZE, CSF_MCU_SHARED_REGION_START } from "./sections.ts";

const mcuVaSize = 2 ** 32;

export const fwInitOps = (drv: Driver) => ({
  /** panthor_fw_init(). */
  *init(ptdev: PanthorDevice): Kernel<number> {
    const { m } = drv.linux;
    if (drv.linux.memory.failsNow()) return -ENOMEM;
    ptdev.fw = {
      irq: drv.device.newIrq(ptdev, "job", ptdev.pdev.irqs["job"] ?? 0, JOB_INT_BASE),
      vm: null,
      sections: [],
      sharedSection: null,
      iface: { global: null, groups: [], streams: [] },
      watchdog: {
        pingWork: new DelayedWork("panthor_fw_ping_work", () => drv.fw.pingWork(ptdev)),
      },
      reqWaitqueue: new WaitQueue(m, "panthor_fw.req_waitqueue"),
      booted: false,
    };
    if ((yield* drv.device.getIrqByName(ptdev, "job", "irq_job")) <= 0) return -ENODEV;
    let ret = yield* drv.device.requestIrq(ptdev.fw.irq, (dev, status) =>
      drv.fw.jobIrqHandler(dev, status),
    );
    if (ret !== 0) {
      yield* ptdev.base.err("failed to request job irq");
      return ret;
    }
    ret = yield* drv.hw.l2PowerOn(ptdev);
    if (ret !== 0) return ret;

    ret = yield* drv.fw.loadAndBoot(ptdev);
    if (ret !== 0) yield* drv.fw.unplug(ptdev);
    return ret;
  },

  /** The part of panthor_fw_init() that is undone by panthor_fw_unplug(). */
  *loadAndBoot(ptdev: PanthorDevice): Kernel<number> {
    const { fw } = ptdev;
    const vm = yield* drv.mmu.vmCreate(
      ptdev,
      true,
      0,
      mcuVaSize,
      CSF_MCU_SHARED_REGION_START,
      CSF_MCU_SHARED_REGION_SIZE,
    );
    if (typeof vm === "number") return vm;
    fw.vm = vm;
    let ret = yield* drv.fw.load(ptdev);
    if (ret !== 0) return ret;
    ret = yield* drv.mmu.vmActive(vm);
    if (ret !== 0) return ret;
    ret = yield* drv.fw.start(ptdev);
    if (ret !== 0) return ret;
    ret = drv.fw.initIfaces(ptdev);
    if (ret !== 0) return ret;
    yield* drv.fw.initGlobalIface(ptdev);
    return 0;
  },

  /**
   * panthor_fw_unplug(). The VM is not made idle: panthor_mmu_unplug() takes its address space
   * back, so that the count of active users need not be tracked here.
   */
  *unplug(ptdev: PanthorDevice): Kernel<void> {
    const { fw, pmRuntime } = ptdev;
    yield* drv.linux.wq.disableDelayedWorkSync(fw.watchdog.pingWork);
    if (pmRuntime.active) {
      yield* drv.device.irqSuspend(fw.irq);
      yield* drv.fw.stop(ptdev);
    }
    for (const section of fw.sections) yield* drv.gem.kernelBoDestroy(section.mem);
    yield* drv.mmu.vmPut(fw.vm);
    fw.vm = null;
    if (pmRuntime.active) yield* drv.hw.l2PowerOff(ptdev);
  },
});
