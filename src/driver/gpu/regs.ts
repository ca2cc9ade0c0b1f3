// Registers and bits of the GPU control block under the driver's names. Kernel: panthor_gpu_regs.h.
// Offsets are absolute: GPU_CONTROL_BASE is 0.

import { gpuControl } from "../../device/registers/gpu-control.ts";

export const GPU_ID = gpuControl.GPU_ID.offset;
export const gpuArchMajor = (id: number): number => id >>> 28;
export const gpuArchMinor = (id: number): number => (id >>> 24) & 0xf;
export const gpuArchRev = (id: number): number => (id >>> 20) & 0xf;
export const gpuProdMajor = (id: number): number => (id >>> 16) & 0xf;
export const gpuVerMajor = (id: number): number => (id >>> 12) & 0xf;
export const gpuVerMinor = (id: number): number => (id >>> 4) & 0xff;
export const gpuVerStatus = (id: number): number => id & 0xf;

export const GPU_L2_FEATURES = gpuControl.L2_FEATURES.offset;
export const gpuL2FeaturesLineSize = (x: number): number => 1 << (x & 0xff);
export const GPU_CORE_FEATURES = gpuControl.CORE_FEATURES.offset;
export const GPU_TILER_FEATURES = gpuControl.TILER_FEATURES.offset;
export const GPU_MEM_FEATURES = gpuControl.MEM_FEATURES.offset;
export const GPU_MMU_FEATURES = gpuControl.MMU_FEATURES.offset;
export const gpuMmuFeaturesVaBits = (x: number): number => x & 0xff;
export const gpuMmuFeaturesPaBits = (x: number): number => (x >>> 8) & 0xff;
export const GPU_AS_PRESENT = gpuControl.AS_PRESENT.offset;
export const GPU_CSF_ID = gpuControl.CSF_ID.offset;

export const GPU_INT_BASE = gpuControl.GPU_INT_RAWSTAT.offset;
export const GPU_IRQ_FAULT = 1 << 0;
export const GPU_IRQ_PROTM_FAULT = 1 << 1;
export const GPU_IRQ_RESET_COMPLETED = 1 << 8;
export const GPU_IRQ_POWER_CHANGED = 1 << 9;
export const GPU_IRQ_POWER_CHANGED_ALL = 1 << 10;
export const GPU_IRQ_CLEAN_CACHES_COMPLETED = 1 << 17;
export const GPU_IRQ_DOORBELL_MIRROR = 1 << 18;
export const GPU_IRQ_MCU_STATUS_CHANGED = 1 << 19;

export const GPU_CMD = gpuControl.GPU_CMD.offset;
const gpuCmdDef = (type: number, payload: number): number => type | (payload << 8);
export const GPU_SOFT_RESET = gpuCmdDef(1, 1);
export const GPU_HARD_RESET = gpuCmdDef(1, 2);
export const CACHE_CLEAN = 1 << 0;
export const CACHE_INV = 1 << 1;
export const gpuFlushCaches = (l2: number, lsc: number, other: number): number =>
  gpuCmdDef(4, l2 | (lsc << 4) | (other << 8));

export const GPU_STATUS = gpuControl.GPU_STATUS.offset;
export const GPU_FAULT_STATUS = gpuControl.GPU_FAULT_STATUS.offset;
export const GPU_FAULT_ADDR = gpuControl.GPU_FAULT_ADDR.offset;
export const GPU_L2_CONFIG = gpuControl.L2_CONFIG.offset;
export const GPU_L2_CONFIG_ASN_HASH_ENABLE = 1 << 24;

export const GPU_FEATURES = gpuControl.GPU_FEATURES.offset;
export const GPU_FEATURES_RAY_INTERSECTION = 1n << 2n;
export const GPU_FEATURES_RAY_TRAVERSAL = 1n << 5n;

export const GPU_TIMESTAMP_OFFSET = gpuControl.TIMESTAMP_OFFSET.offset;
export const GPU_CYCLE_COUNT = gpuControl.CYCLE_COUNT.offset;
export const GPU_TIMESTAMP = gpuControl.TIMESTAMP.offset;

export const GPU_THREAD_MAX_THREADS = gpuControl.THREAD_MAX_THREADS.offset;
export const GPU_THREAD_MAX_WORKGROUP_SIZE = gpuControl.THREAD_MAX_WORKGROUP_SIZE.offset;
export const GPU_THREAD_MAX_BARRIER_SIZE = gpuControl.THREAD_MAX_BARRIER_SIZE.offset;
export const GPU_THREAD_FEATURES = gpuControl.THREAD_FEATURES.offset;
export const gpuTextureFeatures = (n: number): number =>
  gpuControl.TEXTURE_FEATURES_0.offset + n * 4;

export const GPU_SHADER_PRESENT = gpuControl.SHADER_PRESENT.offset;
export const GPU_TILER_PRESENT = gpuControl.TILER_PRESENT.offset;
export const GPU_L2_PRESENT = gpuControl.L2_PRESENT.offset;
export const SHADER_READY = gpuControl.SHADER_READY.offset;
export const TILER_READY = gpuControl.TILER_READY.offset;
export const L2_READY = gpuControl.L2_READY.offset;
export const L2_PWRON = gpuControl.L2_PWRON.offset;
export const L2_PWROFF = gpuControl.L2_PWROFF.offset;
export const L2_PWRTRANS = gpuControl.L2_PWRTRANS.offset;

export const GPU_REVID = gpuControl.REVIDR.offset;
export const gpuAsnHash = (n: number): number => gpuControl.ASN_HASH_0.offset + n * 4;

export const GPU_COHERENCY_FEATURES = gpuControl.COHERENCY_FEATURES.offset;
export const GPU_COHERENCY_PROTOCOL = gpuControl.COHERENCY_PROTOCOL.offset;
export const GPU_COHERENCY_ACE_LITE = 0;
export const GPU_COHERENCY_ACE = 1;
export const GPU_COHERENCY_NONE = 31;
