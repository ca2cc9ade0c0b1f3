// A line is not masked when it is requested. Kernel: panthor_device.h of 6.12
// (panthor_request_<name>_irq).

import { overlay, patch } from "../../patch.ts";

export const interrupts = patch({
  id: "linux-6.12/interrupts",
  title: "INT_MASK is not written when a line is requested",
  source: "Linux 6.12",
  observable: "no INT_MASK = 0 in the probe",
  overlay: overlay((final) => ({
    device: {
      *requestIrq(pirq, handler) {
        const { device, linux } = final();
        const ret = yield* linux.irqs.requestThreadedIrq({
          irq: pirq.irq,
          name: `panthor-${pirq.name}`,
          handler: () => device.irqRawHandler(pirq),
          threadFn: () => device.irqThreadedHandler(pirq, handler),
          shared: true,
          devId: pirq,
        });
        if (ret === 0) pirq.ptdev.devm.push(() => linux.irqs.freeIrq(pirq.irq, pirq));
        return ret;
      },
    },
  })),
});
