// Numbers of grace periods: kernel/rcu/rcu.h. The two lowest bits are not 0 while one is under way.

const stateMask = 3;
const step = stateMask + 1;

/** rcu_seq_state(): one is under way. */
export const seqState = (seq: number): boolean => seq % step !== 0;

/** rcu_seq_start(). */
export const seqStart = (seq: number): number => seq + 1;

/** rcu_seq_endval(). */
export const seqEnd = (seq: number): number => floor(seq) + step;

/** rcu_seq_snap(): the number at which a grace period that begins from now on has ended. */
export const seqSnap = (seq: number): number => floor(seq + 2 * stateMask + 1);

/** rcu_seq_started(): the grace period that ends with `wanted` has begun. */
export const seqStarted = (seq: number, wanted: number): boolean => floor(wanted - 1) < seq;

/** rcu_seq_completed_gp(). */
export const seqCompleted = (old: number, now: number): boolean => old < floor(now);

/** rcu_seq_new_gp(). */
export const seqNew = (old: number, now: number): boolean => floor(old + stateMask) < now;

const floor = (seq: number): number => seq - (seq % step);
