// "drm/panthor: Add user submission" (Mihail Atanassov, Ketil Johnsen, RFC of August 2024): the
// series as written, and with corrections on top. On Linux 7.3.

import type { Patch } from "../patch.ts";
import type { Base, Series } from "../series.ts";
import { linux612 } from "../atomic-pt/linux-612/index.ts";
import { userSubmissionUapi } from "./0001-uapi.ts";
import { groupCreate } from "./0002-group-create.ts";
import { doorbells } from "./0003-doorbells.ts";
import { groupKick } from "./0004-group-kick.ts";
import { syncobjHelper } from "./0005-syncobj.ts";
import { xgsQueues } from "./0006-xgs-queues.ts";
import { eventfd } from "./0007-eventfd.ts";
import { syncUpdate } from "./0008-sync-update.ts";
import { lookups } from "./fixed/01-lookups.ts";
import { doorbellLifetime } from "./fixed/02-doorbells.ts";
import { eviction } from "./fixed/03-eviction.ts";
import { kickChecks } from "./fixed/04-kick.ts";
import { quiesce } from "./fixed/05-reset.ts";
import { watchdog } from "./fixed/06-watchdog.ts";
import { signals } from "./fixed/07-signals.ts";
import { xgsEnds } from "./fixed/08-xgs-ends.ts";
import { errors } from "./fixed/09-errors.ts";
import { objects } from "./fixed/10-objects.ts";
import { files } from "./fixed/11-files.ts";
import { residency } from "./fixed/12-residency.ts";
import { lateFences } from "./fixed/13-late-fences.ts";
import { accounting } from "./fixed/14-accounting.ts";
import { numbers } from "./fixed/15-numbers.ts";

const rfc: readonly Patch[] = [
  userSubmissionUapi,
  groupCreate,
  doorbells,
  groupKick,
  syncobjHelper,
  xgsQueues,
  eventfd,
  syncUpdate,
];

const corrections: readonly Patch[] = [
  lookups,
  doorbellLifetime,
  eviction,
  kickChecks,
  quiesce,
  watchdog,
  signals,
  xgsEnds,
  errors,
  objects,
  files,
  residency,
  accounting,
  numbers,
];

export const userSubmissionRfc: Series = {
  id: "user-submission-rfc",
  title: "Add user submission, RFC",
  base: "linux-7.3",
  patches: rfc,
};

/** The RFC with corrections of what its catalogue of findings lists. */
export const userSubmissionFixed: Series = {
  id: "user-submission-fixed",
  title: "Add user submission, corrected",
  base: "linux-7.3",
  patches: [...rfc, ...corrections],
};

/** And fences that are published only when user space cannot withhold them any more. */
export const userSubmissionLateFences: Series = {
  id: "user-submission-late-fences",
  title: "Add user submission, corrected, with late fences",
  base: "linux-7.3",
  patches: [...rfc, ...corrections, lateFences],
};

/**
 * The recorded kernel is a later one of its line: a tick that evicts groups ends before a VM goes,
 * as in 7.3.
 */
const linux612117: Base = {
  ...linux612,
  id: "linux-6.12.117",
  title: "Linux 6.12.117, as far as address spaces, fences and doorbells are concerned",
  patches: linux612.patches.filter(({ id }) => id !== "atomic-pt/before-destroy-with-groups"),
};

export const userSubmissionBases: readonly Base[] = [linux612117];

/** What was recorded: the RFC on 6.12, as far as that kernel is modelled. */
export const userSubmissionOn612: Series = {
  ...userSubmissionRfc,
  id: "linux-6.12-user-submission",
  title: "Add user submission, RFC, on Linux 6.12",
  base: "linux-6.12.117",
};

export const userSubmissionSeries: readonly Series[] = [
  userSubmissionRfc,
  userSubmissionFixed,
  userSubmissionLateFences,
  userSubmissionOn612,
];
