// Arrays that a program passes by pointer.

/** One whose pointer leads nowhere: copying it is -EFAULT. */
export const unreadable: readonly number[] = Object.freeze([Number.NaN]);
