// Limits on trace scripts: everything that an input can make large has a named bound, and going
// over it is a located error, not a slow or failing parse.

/** Size of a trace file, bytes. */
export const traceBytesMax = 1024 * 1024;
/** Uses of YAML aliases. */
export const aliasesMax = 64;
/** Problems reported before the rest is only counted. */
export const problemsMax = 20;
/** Length of one event line or stream line, characters. */
export const lineLengthMax = 4096;
/** Events after repetitions are written out. */
export const eventsMax = 100_000;
/** Iterations of one repetition. */
export const repeatCountMax = 100_000;
/** Repetitions inside repetitions. */
export const repeatDepthMax = 4;
/** Length of a name that a trace gives to an object, stream or variable. */
export const nameLengthMax = 64;
/** Names bound in one trace. */
export const namesMax = 10_000;
/** Tasks of one trace. */
export const tasksMax = 64;
/** Fields of one event, blocks included. */
export const fieldsMax = 256;
/** Named command streams, and instructions of one. */
export const streamsMax = 256;
export const streamWordsMax = 4096;
/** Promises in the header. */
export const promisesMax = 256;
/** Declarations of one section of what is not promised. */
export const declarationsMax = 64;
/** Injections in the header. */
export const faultsMax = 256;
/** TASK_COMM_LEN without the terminator. */
export const commLengthMax = 15;
/** Process ids (PID_MAX_LIMIT). */
export const pidMax = 4_194_304;
/** Virtual time: about eleven days, exact in a double with room for sums. */
export const timeNsMax = 1_000_000_000_000_000;
/** Virtual and physical addresses: 48 bits. */
export const addressMax = 2 ** 48 - 1;
