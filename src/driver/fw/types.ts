// State of the firmware unit and its interfaces. Kernel: panthor_fw.c, panthor_fw.h.

import type { SpinLock } from "../../machine/lock/spinlock.ts";
import type { WaitQueue } from "../../machine/wait/wait-queue.ts";
import type { DelayedWork } from "../../machine/workqueue/work.ts";
import type { PanthorIrq } from "../device/types.ts";
import type { PanthorKernelBo } from "../gem/types.ts";
import type { PanthorVm } from "../mmu/types.ts";
import type { CsControl, CsInput, CsOutput, CsgControl, CsgInput, CsgOutput } from "./iface.ts";
import type { RingbufInput, RingbufOutput } from "./iface.ts";
import type { GlbControl, GlbInput, GlbOutput } from "./iface.ts";

/** What the three interface levels share; `lock` protects input.req. */
export interface FwIface<C extends object, I extends object, O extends object> {
  readonly lock: SpinLock;
  readonly control: C;
  readonly input: I;
  readonly output: O;
}

/** struct panthor_fw_global_iface. */
export type PanthorFwGlobalIface = FwIface<GlbControl, GlbInput, GlbOutput>;
/** struct panthor_fw_csg_iface. */
export type PanthorFwCsgIface = FwIface<CsgControl, CsgInput, CsgOutput>;
/** struct panthor_fw_cs_iface. */
export type PanthorFwCsIface = FwIface<CsControl, CsInput, CsOutput>;

/** struct panthor_fw_ringbuf_input_iface. */
export type RingbufInputIface = RingbufInput;
/** struct panthor_fw_ringbuf_output_iface. */
export type RingbufOutputIface = RingbufOutput;

/** Names of the 32-bit words of a view. */
export type WordOf<V> = { [K in keyof V]: V[K] extends number ? K : never }[keyof V] & string;
/** Names of the 64-bit words of a view. */
export type Word64Of<V> = { [K in keyof V]: V[K] extends bigint ? K : never }[keyof V] & string;

/** struct panthor_fw_section. */
export interface PanthorFwSection {
  readonly flags: number;
  mem: PanthorKernelBo | null;
  readonly name: string | null;
  /** Initial contents, kept for a reload after a reset. */
  readonly data: Uint8Array;
}

/** struct panthor_fw. */
export interface PanthorFw {
  irq: PanthorIrq;
  vm: PanthorVm | null;
  readonly sections: PanthorFwSection[];
  sharedSection: PanthorFwSection | null;
  readonly iface: {
    global: PanthorFwGlobalIface | null;
    readonly groups: PanthorFwCsgIface[];
    readonly streams: PanthorFwCsIface[][];
  };
  readonly watchdog: { pingWork: DelayedWork };
  readonly reqWaitqueue: WaitQueue;
  booted: boolean;
}
