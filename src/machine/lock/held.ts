// What a context holds that it must have given back before it returns to user space, takes the next
// work item, or ends: locks, reader sections, sections that signal fences, preemption.

import type { Context } from "../core/context.ts";

/** Names of what a context holds, in the order in which it was taken where that is known. */
export function heldBy(ctx: Context): readonly string[] {
  const { heldLocks, lockDepth, rcuDepth, srcuDepth, preemptCount } = ctx;
  if (heldLocks.length + rcuDepth + srcuDepth + preemptCount + lockDepth === 0) return none;
  const names = heldLocks.map(({ name }) => name);
  // The validator knows of sections that are no locks (dma_fence_map).
  for (const { lock } of ctx.lockStack.slice(0, lockDepth)) {
    if (!heldLocks.includes(lock)) names.push(lock.name);
  }
  if (rcuDepth > 0) names.push("rcu_read_lock");
  if (srcuDepth > 0) names.push("drm_unplug_srcu");
  // Spinlocks disable preemption, too, and have their names.
  if (preemptCount > 0 && names.length === 0) names.push("disabled preemption");
  return names;
}

const none: readonly string[] = [];
