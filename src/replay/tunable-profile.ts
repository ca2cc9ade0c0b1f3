// The profile of one replay, whose latencies a trace may change while it runs.

import { type Profile, withShape } from "../device/profile/types.ts";
import type { Linux } from "../machine/linux.ts";
import { TraceRunError } from "./user/env.ts";

type Tunable = Record<string, number>;

/** Names of the trace format that are not simply those of the profile in another case. */
const costs: Readonly<Record<string, string>> = {
  mmio_read: "mmioRead",
  mmio_write: "mmioWrite",
  pte_write: "ptWrite",
};

export class TunableProfile {
  readonly profile: Profile;
  private readonly latencies: Tunable;
  private readonly costs: Tunable;

  /** `csgSlots`: slots that the firmware reports, 0 for those of the profile. */
  constructor(profile: Profile, csgSlots: number) {
    const shaped = csgSlots === 0 ? profile : withShape(profile, { csgSlots });
    const latencies = { ...profile.latencies };
    const own = { ...profile.costs };
    this.profile = { ...shaped, latencies, costs: own };
    this.latencies = latencies as unknown as Tunable;
    this.costs = own as unknown as Tunable;
  }

  /** Sets a latency by its name in the trace format. */
  set(linux: Linux, name: string, ns: number): void {
    const cost = costs[name];
    const key = name.replace(/_([a-z0-9])/g, (_, c: string) => c.toUpperCase());
    if (cost !== undefined) this.costs[cost] = ns;
    else if (key in this.latencies) this.latencies[key] = ns;
    else throw new TraceRunError(0, `no latency ${name}`);
    if (name === "irq_delay") linux.irqs.irqDelayNs = ns;
  }
}
