// The request words of the firmware interfaces may be changed in hard interrupt context: the
// interface locks are taken with interrupts off. Reconstructed from the follow-up series.

import { overlay, patch } from "../../patch.ts";

export const irqSafeRequests = patch({
  id: "irq-latency/v2-0005",
  title: "Make the FW request helpers safe for interrupt context",
  source: "v2 5/11, role reconstructed",
  observable: "nothing in a timeline; interrupts are off while an interface word changes",
  overlay: overlay(() => ({
    fw: {
      ifaceLock: (iface) => iface.lock.lockIrqsave(),
      ifaceUnlock: (iface) => iface.lock.unlockIrqrestore(),
    },
  })),
});
