// What the series adds to the driver's structures: struct panthor_group, panthor_file and
// panthor_device grow fields. They hang on the base's objects under symbols. No logic here.

import type { Eventfd } from "../../machine/eventfd.ts";
import type { DrmFile, PanthorFile } from "../../driver/drv/types.ts";
import type { IoMapping, PanthorDevice } from "../../driver/device/types.ts";
import type { PanthorGemObject } from "../../driver/gem/types.ts";
import type { PanthorGroup } from "../../driver/sched/types.ts";
import type { Work } from "../../machine/workqueue/index.ts";
import type { XgsQueue, XgsQueuePool } from "./xgs-types.ts";

/** An eventfd context as the driver stores it: a negative errno is an error pointer (USUB-27). */
export type EventfdCtx = Eventfd | number | null;

/** What struct panthor_group gets. */
export interface UserGroup {
  /** The opener's private data; no reference is held. */
  pfile: PanthorFile | null;
  handle: number;
  userSubmit: boolean;
  eventfdSyncUpdate: EventfdCtx;
  eventfdGroupState: EventfdCtx;
  /** The slot that it has, and the timeline's entry of when it got it. */
  bound: { readonly csgId: number; readonly entry: number } | null;
}

/** What struct panthor_file gets. */
export interface UserFileState {
  readonly file: DrmFile | null;
  /** Objects whose vma node allows this file to map them: drm_vma_node_allow(). */
  readonly allowed: Set<PanthorGemObject>;
  xgsQueues: XgsQueuePool | null;
  /** The private data has been freed: whoever comes now reads freed memory. */
  freed: boolean;
}

/** What struct panthor_device gets. */
export interface UserDeviceState {
  /** Physical address of the dummy doorbell page, 0 before the first use. */
  dummyDoorbell: number;
  /** All XGS queues of the device, where a patch keeps track of them. */
  readonly xgsQueues: Set<XgsQueue>;
  /** The work that looks at all waits, where a patch has one. */
  recheckWork: Work | null;
}

/** A user mapping of a doorbell page. */
export interface DoorbellMapping extends IoMapping {
  readonly pfile: PanthorFile;
  readonly handle: number;
  /** Doorbell page behind `target === "register"`. */
  doorbell: number;
  /** VM_MAYREAD: mprotect() can make it readable. */
  readonly mayRead: boolean;
  /** The group that the mapping was made for, where a patch binds it to one. */
  group: PanthorGroup | null;
}

const groupKey = Symbol("user submission: group");
const fileKey = Symbol("user submission: file");
const deviceKey = Symbol("user submission: device");

interface Tagged<T> {
  [groupKey]?: T;
}
interface TaggedFile<T> {
  [fileKey]?: T;
}
interface TaggedDevice<T> {
  [deviceKey]?: T;
}

/** The fields of a group that the series adds. */
export function userGroup(group: PanthorGroup): UserGroup {
  const tagged = group as Tagged<UserGroup>;
  return (tagged[groupKey] ??= {
    pfile: null,
    handle: 0,
    userSubmit: false,
    eventfdSyncUpdate: null,
    eventfdGroupState: null,
    bound: null,
  });
}

/** The fields of a file's private data that the series adds. */
export function userFile(pfile: PanthorFile): UserFileState {
  const tagged = pfile as TaggedFile<UserFileState>;
  return (tagged[fileKey] ??= { file: null, allowed: new Set(), xgsQueues: null, freed: false });
}

/** The fields of the device that the series adds. */
export function userDevice(ptdev: PanthorDevice): UserDeviceState {
  const tagged = ptdev as TaggedDevice<UserDeviceState>;
  return (tagged[deviceKey] ??= {
    dummyDoorbell: 0,
    xgsQueues: new Set(),
    recheckWork: null,
  });
}

export const isDoorbell = (mapping: IoMapping): mapping is DoorbellMapping => "doorbell" in mapping;
