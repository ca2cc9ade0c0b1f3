// State of frequency scaling. Kernel: panthor_devfreq.c (struct panthor_devfreq).

import type { SpinLock } from "../../machine/lock/spinlock.ts";
import type { Devfreq } from "./devfreq-core.ts";

export interface PanthorDevfreq {
  devfreq: Devfreq | null;
  readonly govData: { upthreshold: number; downdifferential: number };
  busyTime: number;
  idleTime: number;
  timeLastUpdate: number;
  lastBusyState: boolean;
  lock: SpinLock;
}
