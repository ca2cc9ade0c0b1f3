// Command stream instructions of CSF arch 10: opcodes (bits 63:56), names, and which of them can be
// seen from outside, so that the time of the instructions before them has to pass first.
// Encodings as user space packs them (Mesa, src/panfrost/genxml/v10.xml).

export const op = {
  NOP: 0,
  MOVE48: 1,
  MOVE32: 2,
  WAIT: 3,
  RUN_COMPUTE: 4,
  RUN_TILING: 5,
  RUN_IDVS: 6,
  RUN_FRAGMENT: 7,
  RUN_FULLSCREEN: 8,
  FINISH_TILING: 9,
  FINISH_FRAGMENT: 11,
  ADD_IMMEDIATE32: 16,
  ADD_IMMEDIATE64: 17,
  UMIN32: 18,
  LOAD_MULTIPLE: 20,
  STORE_MULTIPLE: 21,
  BRANCH: 22,
  SET_SB_ENTRY: 23,
  PROGRESS_WAIT: 24,
  SET_EXCEPTION_HANDLER: 25,
  CALL: 32,
  JUMP: 33,
  REQ_RESOURCE: 34,
  FLUSH_CACHE2: 36,
  SYNC_ADD32: 37,
  SYNC_SET32: 38,
  SYNC_WAIT32: 39,
  STORE_STATE: 40,
  PROT_REGION: 41,
  PROGRESS_STORE: 42,
  PROGRESS_LOAD: 43,
  RUN_COMPUTE_INDIRECT: 44,
  ERROR_BARRIER: 47,
  HEAP_SET: 48,
  HEAP_OPERATION: 49,
  TRACE_POINT: 50,
  SYNC_ADD64: 51,
  SYNC_SET64: 52,
  SYNC_WAIT64: 53,
} as const;

export type OpName = keyof typeof op;

const names: (OpName | undefined)[] = [];
for (const [name, code] of Object.entries(op)) names[code] = name as OpName;

/** Mnemonic of an opcode. */
export function opName(code: number): string {
  return names[code] ?? `OP_0x${code.toString(16)}`;
}

export function isKnown(code: number): boolean {
  return names[code] !== undefined;
}

/** 1 for each opcode of which `isVisible` is true. */
const visible = new Uint8Array(256);
for (const code of [
  op.RUN_COMPUTE,
  op.RUN_TILING,
  op.RUN_IDVS,
  op.RUN_FRAGMENT,
  op.RUN_FULLSCREEN,
  op.RUN_COMPUTE_INDIRECT,
  op.FINISH_TILING,
  op.FINISH_FRAGMENT,
  op.STORE_MULTIPLE,
  op.PROGRESS_WAIT,
  op.CALL,
  op.JUMP,
  op.FLUSH_CACHE2,
  op.SYNC_ADD32,
  op.SYNC_SET32,
  op.SYNC_WAIT32,
  op.STORE_STATE,
  op.PROGRESS_STORE,
  op.HEAP_OPERATION,
  op.TRACE_POINT,
  op.SYNC_ADD64,
  op.SYNC_SET64,
  op.SYNC_WAIT64,
]) {
  visible[code] = 1;
}

/** True if the instruction does something that the host or another stream can observe. */
export function isVisible(code: number): boolean {
  return visible[code] === 1;
}

/** RUN_*: hands work to the shader cores or the tiler. */
export function isRun(code: number): boolean {
  return (code >= op.RUN_COMPUTE && code <= op.RUN_FULLSCREEN) || code === op.RUN_COMPUTE_INDIRECT;
}

/** Conditions of SYNC_WAIT and BRANCH. */
export const condition = {
  lequal: 0,
  greater: 1,
  equal: 2,
  nequal: 3,
  less: 4,
  gequal: 5,
  always: 6,
} as const;

/** Exception types that the interpreter raises by itself (panthor_device.h). */
export const exception = {
  instrInvalid: 0x49,
  callStackOverflow: 0x4a,
  inheritFault: 0x4b,
} as const;
