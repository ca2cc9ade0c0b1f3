// Bits and fields of the firmware interfaces. Kernel: drivers/gpu/drm/panthor/panthor_fw.h.
// All masks are unsigned numbers; combine with `>>> 0` where bit 31 matters.

export const MAX_CSGS = 31;
export const MAX_CS_PER_CSG = 32;

// CS control
export const csFeaturesWorkRegs = (x: number): number => (x & 0xff) + 1;
export const csFeaturesScoreboards = (x: number): number => (x >>> 8) & 0xff;
export const CS_FEATURES_COMPUTE = 1 << 16;
export const CS_FEATURES_FRAGMENT = 1 << 17;
export const CS_FEATURES_TILER = 1 << 18;

// CS req/ack
export const CS_STATE_MASK = 0x7;
export const CS_STATE_STOP = 0;
export const CS_STATE_START = 1;
export const CS_EXTRACT_EVENT = 1 << 4;
export const CS_IDLE_SYNC_WAIT = 1 << 8;
export const CS_IDLE_PROTM_PENDING = 1 << 9;
export const CS_IDLE_EMPTY = 1 << 10;
export const CS_IDLE_RESOURCE_REQ = 1 << 11;
export const CS_TILER_OOM = 1 << 26;
export const CS_PROTM_PENDING = 1 << 27;
export const CS_FATAL = 1 << 30;
export const CS_FAULT = 0x80000000;
export const CS_REQ_MASK =
  CS_STATE_MASK |
  CS_EXTRACT_EVENT |
  CS_IDLE_SYNC_WAIT |
  CS_IDLE_PROTM_PENDING |
  CS_IDLE_EMPTY |
  CS_IDLE_RESOURCE_REQ;
export const CS_EVT_MASK = (CS_TILER_OOM | CS_PROTM_PENDING | CS_FATAL | CS_FAULT) >>> 0;

// CS config
export const csConfigPriority = (x: number): number => x & 0xf;
export const csConfigDoorbell = (x: number): number => (x << 8) & 0xff00;

// CS status_wait
export const CS_STATUS_WAIT_SB_MASK = 0xffff;
export const CS_STATUS_WAIT_SB_SRC_MASK = 0xf0000;
export const CS_STATUS_WAIT_SB_SRC_NONE = 0 << 16;
export const CS_STATUS_WAIT_SB_SRC_WAIT = 8 << 16;
export const CS_STATUS_WAIT_SYNC_COND_LE = 0 << 24;
export const CS_STATUS_WAIT_SYNC_COND_GT = 1 << 24;
export const CS_STATUS_WAIT_SYNC_COND_MASK = 0xf << 24;
export const CS_STATUS_WAIT_PROGRESS = 1 << 28;
export const CS_STATUS_WAIT_PROTM = 1 << 29;
export const CS_STATUS_WAIT_SYNC_64B = 1 << 30;
export const CS_STATUS_WAIT_SYNC = 0x80000000;

// CS status_blocked_reason
export const CS_STATUS_BLOCKED_REASON_UNBLOCKED = 0;
export const CS_STATUS_BLOCKED_REASON_SB_WAIT = 1;
export const CS_STATUS_BLOCKED_REASON_PROGRESS_WAIT = 2;
export const CS_STATUS_BLOCKED_REASON_SYNC_WAIT = 3;
export const CS_STATUS_BLOCKED_REASON_DEFERRED = 4;
export const CS_STATUS_BLOCKED_REASON_RESOURCE = 5;
export const CS_STATUS_BLOCKED_REASON_FLUSH = 6;
export const CS_STATUS_BLOCKED_REASON_MASK = 0xf;

// CS fault, fatal
export const csExceptionType = (x: number): number => x & 0xff;
export const csExceptionData = (x: number): number => (x >>> 8) & 0xffffff;

// CSG req/ack
export const CSG_STATE_MASK = 0x7;
export const CSG_STATE_TERMINATE = 0;
export const CSG_STATE_START = 1;
export const CSG_STATE_SUSPEND = 2;
export const CSG_STATE_RESUME = 3;
export const CSG_ENDPOINT_CONFIG = 1 << 4;
export const CSG_STATUS_UPDATE = 1 << 5;
export const CSG_SYNC_UPDATE = 1 << 28;
export const CSG_IDLE = 1 << 29;
export const CSG_DOORBELL = 1 << 30;
export const CSG_PROGRESS_TIMER_EVENT = 0x80000000;
export const CSG_REQ_MASK = CSG_STATE_MASK | CSG_ENDPOINT_CONFIG | CSG_STATUS_UPDATE;
export const CSG_EVT_MASK = (CSG_SYNC_UPDATE | CSG_IDLE | CSG_PROGRESS_TIMER_EVENT) >>> 0;

// CSG endpoint_req
export const csgEpReqCompute = (x: number): number => x & 0xff;
export const csgEpReqFragment = (x: number): number => (x << 8) & 0xff00;
export const csgEpReqTiler = (x: number): number => (x << 16) & 0xf0000;
export const CSG_EP_REQ_EXCL_COMPUTE = 1 << 20;
export const CSG_EP_REQ_EXCL_FRAGMENT = 1 << 21;
export const CSG_EP_REQ_PRIORITY_MASK = 0xf0000000;
export const csgEpReqPriority = (x: number): number => (x << 28) >>> 0;
export const csgEpReqPriorityGet = (x: number): number => (x >>> 28) & 0xf;

// CSG status_state
export const CSG_STATUS_STATE_IS_IDLE = 1 << 0;

// GLB req/ack
export const GLB_HALT = 1 << 0;
export const GLB_CFG_PROGRESS_TIMER = 1 << 1;
export const GLB_CFG_ALLOC_EN = 1 << 2;
export const GLB_CFG_POWEROFF_TIMER = 1 << 3;
export const GLB_PROTM_ENTER = 1 << 4;
export const GLB_PERFCNT_EN = 1 << 5;
export const GLB_PERFCNT_SAMPLE = 1 << 6;
export const GLB_COUNTER_EN = 1 << 7;
export const GLB_PING = 1 << 8;
export const GLB_FWCFG_UPDATE = 1 << 9;
export const GLB_IDLE_EN = 1 << 10;
export const GLB_SLEEP = 1 << 12;
export const GLB_STATE_MASK = 0x7000;
export const GLB_STATE_ACTIVE = 0;
export const GLB_STATE_HALT = 1;
export const GLB_STATE_SLEEP = 2;
export const GLB_STATE_SUSPEND = 3;
export const glbState = (x: number): number => (x << 12) & GLB_STATE_MASK;
export const glbStateGet = (x: number): number => (x & GLB_STATE_MASK) >>> 12;
export const GLB_INACTIVE_COMPUTE = 1 << 20;
export const GLB_INACTIVE_FRAGMENT = 1 << 21;
export const GLB_INACTIVE_TILER = 1 << 22;
export const GLB_PROTM_EXIT = 1 << 23;
export const GLB_PERFCNT_THRESHOLD = 1 << 24;
export const GLB_PERFCNT_OVERFLOW = 1 << 25;
export const GLB_IDLE = 1 << 26;
export const GLB_DBG_CSF = 1 << 30;
export const GLB_DBG_HOST = 0x80000000;
export const GLB_REQ_MASK = 0x7ff;
export const GLB_EVT_MASK = 0x07f00000;

// GLB timers
export const glbTimerVal = (x: number): number => x & 0x7fffffff;
export const GLB_TIMER_SOURCE_GPU_COUNTER = 0x80000000;

// enum panthor_fw_halt_status
export const PANTHOR_FW_HALT_OK = 0;
export const PANTHOR_FW_HALT_ON_PANIC = 0x4e;
export const PANTHOR_FW_HALT_ON_WATCHDOG_EXPIRATION = 0x4f;

// JOB_INT bits (panthor_fw_regs.h)
export const JOB_INT_GLOBAL_IF = 0x80000000;
export const jobIntCsgIf = (csg: number): number => (1 << csg) >>> 0;

/** Doorbell page of the global interface. */
export const CSF_GLB_DOORBELL_ID = 0;
