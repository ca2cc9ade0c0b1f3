// Firmware interface structures in the shared section, and ring-buffer interfaces.
// Kernel: drivers/gpu/drm/panthor/panthor_fw.h. Bits are in iface-bits.ts.

import { struct } from "./struct-view.ts";

/** struct panthor_fw_ringbuf_input_iface. */
export const RingbufInput = struct("ringbuf_input_iface", [
  ["insert", "addr"],
  ["extract", "addr"],
]);

/** struct panthor_fw_ringbuf_output_iface. */
export const RingbufOutput = struct("ringbuf_output_iface", [
  ["extract", "addr"],
  ["active", "u32"],
]);

/** struct panthor_fw_cs_control_iface. */
export const CsControl = struct("cs_control_iface", [
  ["features", "u32"],
  ["inputVa", "u32"],
  ["outputVa", "u32"],
]);

/** struct panthor_fw_cs_input_iface. */
export const CsInput = struct("cs_input_iface", [
  ["req", "u32"],
  ["config", "u32"],
  ["reserved1", "u32", 1],
  ["ackIrqMask", "u32"],
  ["ringbufBase", "addr"],
  ["ringbufSize", "u32"],
  ["reserved2", "u32", 1],
  ["heapStart", "addr"],
  ["heapEnd", "addr"],
  ["ringbufInput", "addr"],
  ["ringbufOutput", "addr"],
  ["instrConfig", "u32"],
  ["instrbufSize", "u32"],
  ["instrbufBase", "addr"],
  ["instrbufOffsetPtr", "addr"],
]);

/** struct panthor_fw_cs_output_iface. */
export const CsOutput = struct("cs_output_iface", [
  ["ack", "u32"],
  ["reserved1", "u32", 15],
  ["statusCmdPtr", "addr"],
  ["statusWait", "u32"],
  ["statusReqResource", "u32"],
  ["statusWaitSyncPtr", "addr"],
  ["statusWaitSyncValue", "u32"],
  ["statusScoreboards", "u32"],
  ["statusBlockedReason", "u32"],
  ["statusWaitSyncValueHi", "u32"],
  ["reserved2", "u32", 6],
  ["fault", "u32"],
  ["fatal", "u32"],
  ["faultInfo", "u64"],
  ["fatalInfo", "u64"],
  ["reserved3", "u32", 10],
  ["heapVtStart", "u32"],
  ["heapVtEnd", "u32"],
  ["reserved4", "u32", 1],
  ["heapFragEnd", "u32"],
  ["heapAddress", "addr"],
]);

/** struct panthor_fw_csg_control_iface. */
export const CsgControl = struct("csg_control_iface", [
  ["features", "u32"],
  ["inputVa", "u32"],
  ["outputVa", "u32"],
  ["suspendSize", "u32"],
  ["protmSuspendSize", "u32"],
  ["streamNum", "u32"],
  ["streamStride", "u32"],
]);

/** struct panthor_fw_csg_input_iface. */
export const CsgInput = struct("csg_input_iface", [
  ["req", "u32"],
  ["ackIrqMask", "u32"],
  ["doorbellReq", "u32"],
  ["csIrqAck", "u32"],
  ["reserved1", "u32", 4],
  ["allowCompute", "u64"],
  ["allowFragment", "u64"],
  ["allowOther", "u32"],
  ["endpointReq", "u32"],
  ["endpointReq2", "u64"],
  ["suspendBuf", "addr"],
  ["protmSuspendBuf", "addr"],
  ["config", "u32"],
  ["iterTraceConfig", "u32"],
]);

/** struct panthor_fw_csg_output_iface. */
export const CsgOutput = struct("csg_output_iface", [
  ["ack", "u32"],
  ["reserved1", "u32", 1],
  ["doorbellAck", "u32"],
  ["csIrqReq", "u32"],
  ["statusEndpointCurrent", "u32"],
  ["statusEndpointReq", "u32"],
  ["statusState", "u32"],
  ["resourceDep", "u32"],
]);

/** struct panthor_fw_global_control_iface. */
export const GlbControl = struct("global_control_iface", [
  ["version", "u32"],
  ["features", "u32"],
  ["inputVa", "u32"],
  ["outputVa", "u32"],
  ["groupNum", "u32"],
  ["groupStride", "u32"],
  ["perfcntSize", "u32"],
  ["instrFeatures", "u32"],
]);

/** struct panthor_fw_global_input_iface. */
export const GlbInput = struct("global_input_iface", [
  ["req", "u32"],
  ["ackIrqMask", "u32"],
  ["doorbellReq", "u32"],
  ["reserved1", "u32", 1],
  ["progressTimer", "u32"],
  ["poweroffTimer", "u32"],
  ["coreEnMask", "u64"],
  ["reserved2", "u32", 1],
  ["perfcntAs", "u32"],
  ["perfcntBase", "addr"],
  ["perfcntExtract", "u32"],
  ["reserved3", "u32", 3],
  ["perfcntConfig", "u32"],
  ["perfcntCsgSelect", "u32"],
  ["perfcntFwEnable", "u32"],
  ["perfcntCsgEnable", "u32"],
  ["perfcntCsfEnable", "u32"],
  ["perfcntShaderEnable", "u32"],
  ["perfcntTilerEnable", "u32"],
  ["perfcntMmuL2Enable", "u32"],
  ["reserved4", "u32", 8],
  ["idleTimer", "u32"],
]);

/** struct panthor_fw_global_output_iface. */
export const GlbOutput = struct("global_output_iface", [
  ["ack", "u32"],
  ["reserved1", "u32", 1],
  ["doorbellAck", "u32"],
  ["reserved2", "u32", 1],
  ["haltStatus", "u32"],
  ["perfcntStatus", "u32"],
  ["perfcntInsert", "u32"],
]);

export type RingbufInput = InstanceType<typeof RingbufInput>;
export type RingbufOutput = InstanceType<typeof RingbufOutput>;
export type CsControl = InstanceType<typeof CsControl>;
export type CsInput = InstanceType<typeof CsInput>;
export type CsOutput = InstanceType<typeof CsOutput>;
export type CsgControl = InstanceType<typeof CsgControl>;
export type CsgInput = InstanceType<typeof CsgInput>;
export type CsgOutput = InstanceType<typeof CsgOutput>;
export type GlbControl = InstanceType<typeof GlbControl>;
export type GlbInput = InstanceType<typeof GlbInput>;
export type GlbOutput = InstanceType<typeof GlbOutput>;
