// The ioctls of a timeline, with what they returned.

import { K } from "../timeline/kinds.ts";
import type { Recorder } from "../timeline/recorder.ts";

export interface UserCall {
  /** As the kernel names it, without its prefix: `VM_BIND`. */
  readonly name: string;
  /** 0 or a positive value, or a negative errno. */
  readonly ret: number;
  /** `comm-pid`. */
  readonly task: string;
}

/** All calls that returned, in the order of their return. */
export function userCalls(rec: Recorder): UserCall[] {
  const calls: UserCall[] = [];
  for (let i = rec.first; i < rec.length; i++) {
    if (rec.kind(i) !== K.ioctl_end) continue;
    const { comm, pid } = rec.contexts[rec.ctx(i)];
    const name = String(rec.field(i, "name"));
    calls.push({ name, ret: Number(rec.field(i, "ret")), task: `${comm}-${pid}` });
  }
  return calls;
}
