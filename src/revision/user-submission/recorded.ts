// Which revision the recordings of the RFC were made at.

import { userSubmissionOn612 } from "./series.ts";

/** Revision of a recording, by the release of its kernel; null for another set's. */
export const recordedStates = ({ kernel }: { readonly kernel: string }): string | null =>
  kernel.startsWith("6.12") && kernel.includes("user submission RFC")
    ? userSubmissionOn612.id
    : null;

/** True for what is compared as those recordings are. */
export const isOfUserSubmission = (revision: string): boolean =>
  revision.split(/[@~]/)[0] === userSubmissionOn612.id;
