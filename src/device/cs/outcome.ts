// What executing an instruction leads to.

export type Outcome = 0 | 1;

/** Go on behind the instruction. */
export const next: Outcome = 0;
/** The instruction moved the program counter itself, or blocked. */
export const stay: Outcome = 1;
