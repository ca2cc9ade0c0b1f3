// Replays of a bisection on worker threads, by name: overlays cannot be sent to a thread.

import * as Either from "effect/Either";
import { profiles } from "../device/profile/index.ts";
import { notObserved, observe, type Observed } from "../bisect/observe.ts";
import { stackRevision } from "../bisect/stack.ts";
import { parseTrace } from "../trace/parse.ts";
import type { Jobs } from "./bisect-options.ts";
import type { HandsOptions } from "./hands.ts";

/** Replays the text of a trace at a revision. */
export interface ObserveJob {
  readonly bisect: "observe";
  readonly text: string;
  readonly file: string;
  readonly profile: string;
  readonly revision: string;
}

/** How replays are done by `Hands`. */
export const observing = (jobs: Jobs): HandsOptions<ObserveJob, Observed> => ({
  ...jobs,
  perform: runObserveJob,
  workOf: (observed) => (observed.ok ? observed.observation.entries : 0),
});

/** Performs a job. Never throws: what goes wrong is a reason. */
export function runObserveJob({ text, file, profile, revision }: ObserveJob): Observed {
  const trace = parseTrace(text, file);
  if (Either.isLeft(trace)) return { ok: false, reason: trace.left.message, failure: "trace" };
  const parsed = stackRevision(revision);
  if (Either.isLeft(parsed)) return { ok: false, reason: parsed.left.message };
  const scene = { trace: trace.right, profileName: profile, profile: profiles[profile] };
  try {
    return observe(scene, parsed.right);
  } catch (error) {
    return notObserved(error);
  }
}
