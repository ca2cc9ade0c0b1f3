// Patch 1/8: the user interface of the series, declared. RFC: include/uapi/drm/panthor_drm.h.

import { patch } from "../patch.ts";
import { usubOverlay } from "./unit.ts";

export const userSubmissionUapi = patch({
  id: "user-submission/01",
  title: "drm/panthor: Add uAPI to submit from user space",
  source: "20240828172605.19176-2-mihail.atanassov@arm.com",
  observable: "no change: declarations (and the version 1.1, which 7.3 has passed long ago)",
  overlay: usubOverlay(() => ({})),
});
