// The firmware interface: structures of panthor_fw.h as byte offsets, and where this firmware puts
// them in the shared section. Request and event bits of interface 1.x.

/** CSF_MCU_SHARED_REGION_START and the size of the shared section of this image. */
export const sharedBase = 0x04000000;
export const sharedSize = 0x40000;

/** struct panthor_fw_global_control_iface. */
export const glbControl = {
  version: 0x00,
  features: 0x04,
  inputVa: 0x08,
  outputVa: 0x0c,
  groupNum: 0x10,
  groupStride: 0x14,
  perfcntSize: 0x18,
  instrFeatures: 0x1c,
} as const;

/** struct panthor_fw_global_input_iface. */
export const glbInput = {
  req: 0x00,
  ackIrqMask: 0x04,
  doorbellReq: 0x08,
  progressTimer: 0x10,
  poweroffTimer: 0x14,
  coreEnMask: 0x18,
  idleTimer: 0x80,
} as const;

/** struct panthor_fw_global_output_iface. */
export const glbOutput = { ack: 0x00, doorbellAck: 0x08, haltStatus: 0x10 } as const;

/** struct panthor_fw_csg_control_iface. */
export const csgControl = {
  features: 0x00,
  inputVa: 0x04,
  outputVa: 0x08,
  suspendSize: 0x0c,
  protmSuspendSize: 0x10,
  streamNum: 0x14,
  streamStride: 0x18,
} as const;

/** struct panthor_fw_csg_input_iface. */
export const csgInput = {
  req: 0x00,
  ackIrqMask: 0x04,
  doorbellReq: 0x08,
  csIrqAck: 0x0c,
  allowCompute: 0x20,
  allowFragment: 0x28,
  allowOther: 0x30,
  endpointReq: 0x34,
  endpointReq2: 0x38,
  suspendBuf: 0x40,
  protmSuspendBuf: 0x48,
  config: 0x50,
} as const;

/** struct panthor_fw_csg_output_iface. */
export const csgOutput = {
  ack: 0x00,
  doorbellAck: 0x08,
  csIrqReq: 0x0c,
  statusEndpointCurrent: 0x10,
  statusEndpointReq: 0x14,
  statusState: 0x18,
  resourceDep: 0x1c,
} as const;

/** struct panthor_fw_cs_control_iface. */
export const csControl = { features: 0x00, inputVa: 0x04, outputVa: 0x08 } as const;

/** struct panthor_fw_cs_input_iface. */
export const csInput = {
  req: 0x00,
  config: 0x04,
  ackIrqMask: 0x0c,
  ringbufBase: 0x10,
  ringbufSize: 0x18,
  heapStart: 0x20,
  heapEnd: 0x28,
  ringbufInput: 0x30,
  ringbufOutput: 0x38,
} as const;

/** struct panthor_fw_cs_output_iface. */
export const csOutput = {
  ack: 0x00,
  statusCmdPtr: 0x40,
  statusWait: 0x48,
  statusReqResource: 0x4c,
  statusWaitSyncPtr: 0x50,
  statusWaitSyncValue: 0x58,
  statusScoreboards: 0x5c,
  statusBlockedReason: 0x60,
  statusWaitSyncValueHi: 0x64,
  fault: 0x80,
  fatal: 0x84,
  faultInfo: 0x88,
  fatalInfo: 0x90,
  heapVtStart: 0xc0,
  heapVtEnd: 0xc4,
  heapFragEnd: 0xcc,
  heapAddress: 0xd0,
} as const;

/** struct panthor_fw_ringbuf_{input,output}_iface. */
export const ringbufInput = { insert: 0x00, extract: 0x08 } as const;
export const ringbufOutput = { extract: 0x00, active: 0x08 } as const;

// Fixed by the driver: CSF_GROUP_CONTROL_OFFSET, CSF_STREAM_CONTROL_OFFSET.
const groupControlOffset = 0x1000;
const streamControlOffset = 0x40;
// This firmware's choice.
export const groupStride = 0x400;
export const streamStride = 0x10;
const glbInputOffset = 0xf000;
const glbOutputOffset = 0xf800;
const inputsOffset = 0x10000;
const inputStride = 0x800;
const csInputStride = 0x80;
const outputsOffset = 0x20000;
const outputStride = 0x1000;
const csOutputStride = 0x100;

export const slotsMax = 31;
export const streamsMax = 14;

/** MCU virtual addresses of the parts of the interface. */
export const va = {
  glbControl: sharedBase,
  glbInput: sharedBase + glbInputOffset,
  glbOutput: sharedBase + glbOutputOffset,
  csgControl: (csg: number) => sharedBase + groupControlOffset + csg * groupStride,
  csControl: (csg: number, cs: number) =>
    sharedBase + groupControlOffset + csg * groupStride + streamControlOffset + cs * streamStride,
  csgInput: (csg: number) => sharedBase + inputsOffset + csg * inputStride,
  csInput: (csg: number, cs: number) =>
    sharedBase + inputsOffset + csg * inputStride + (cs + 1) * csInputStride,
  csgOutput: (csg: number) => sharedBase + outputsOffset + csg * outputStride,
  csOutput: (csg: number, cs: number) =>
    sharedBase + outputsOffset + csg * outputStride + (cs + 1) * csOutputStride,
} as const;

/** Word of the interface's version. */
export const ifaceVersion = (major: number, minor: number): number => (major << 24) | (minor << 16);

/** GLB_REQ bits. */
export const glb = {
  halt: 1 << 0,
  cfgProgressTimer: 1 << 1,
  cfgAllocEn: 1 << 2,
  cfgPoweroffTimer: 1 << 3,
  ping: 1 << 8,
  idleEn: 1 << 10,
  /** GLB_STATE, since interface 4.1: takes the place of HALT. */
  stateMask: 7 << 12,
  stateActive: 0,
  stateHalt: 1 << 12,
  /** GLB_REQ_MASK without HALT: what an acknowledgement copies. */
  reqMask: 0x7fe,
  idle: 1 << 26,
} as const;

/** CSG_REQ bits. */
export const csg = {
  stateMask: 7,
  terminate: 0,
  start: 1,
  suspend: 2,
  resume: 3,
  endpointConfig: 1 << 4,
  statusUpdate: 1 << 5,
  reqMask: 0x37,
  syncUpdate: 1 << 28,
  idle: 1 << 29,
  progressTimer: 2 ** 31,
} as const;

/** CS_REQ bits. */
export const cs = {
  stateMask: 7,
  stop: 0,
  start: 1,
  reqMask: 0xf17,
} as const;

export const statusStateIdle = 1;

/** CS_FEATURES: registers - 1, scoreboards, compute, fragment and tiler. */
export function csFeatures(registers: number, scoreboards: number): number {
  return (registers - 1) | (scoreboards << 8) | (7 << 16);
}
