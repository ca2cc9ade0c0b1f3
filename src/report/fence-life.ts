// The life of one fence: when it was created, queued, run and signalled, by whom, and the chain of
// causes that led to its signal.

import { formatUs } from "../golden/print.ts";
import type { StreamEvent } from "../timeline/event-stream.ts";
import { columns, type Style } from "./text.ts";

/** One event of a fence's life. */
export interface LifeEvent {
  readonly name: string;
  readonly time: number;
  readonly context: string;
  readonly driver: string;
  readonly timeline: string;
  readonly error: number;
  /** A fence that a job waits for. */
  readonly dependency: string;
}

/** What is kept of an event of the fence. */
export function lifeEvent(e: StreamEvent, context: string): LifeEvent {
  const dma = e.name.startsWith("dma_fence_");
  const depends = e.name === "drm_sched_job_add_dep" || e.name === "drm_sched_job_unschedulable";
  const { name, time } = e;
  return {
    name,
    time,
    context,
    driver: dma ? e.str("driver") : "",
    timeline: dma ? e.str("timeline") : "",
    error: name === "dma_fence_signaled" ? e.num("error") : 0,
    dependency: depends ? `${e.num("dep_context")}:${e.num("dep_seqno")}` : "",
  };
}

const told: Readonly<Record<string, string>> = {
  dma_fence_init: "created",
  dma_fence_emit: "emitted",
  dma_fence_enable_signal: "first waited for",
  dma_fence_signaled: "signalled",
  dma_fence_destroy: "destroyed",
  dma_fence_wait_start: "wait begins",
  dma_fence_wait_end: "wait ends",
  drm_sched_job_queue: "job queued",
  drm_sched_job_run: "job run",
  drm_sched_job_done: "job done",
  drm_sched_job_add_dep: "job depends on",
  drm_sched_job_unschedulable: "job waits for",
};

/** The life of a fence as lines. */
export function lifeLines(
  fence: string,
  life: readonly LifeEvent[],
  startNs: number,
  style: Style,
): string[] {
  const named = life.find((e) => e.driver !== "" && e.name === "dma_fence_init") ?? life[0];
  const whose = named.driver === "" ? "" : `  ${named.driver} ${named.timeline}`;
  const rows = life.map((e, i) => {
    const since = i === 0 ? "" : `+${formatUs(e.time - life[i - 1].time)}`;
    const error = e.error === 0 ? "" : ` with error ${e.error}`;
    const what = `${told[e.name] ?? e.name}${e.dependency === "" ? "" : ` ${e.dependency}`}${error}`;
    return [formatUs(e.time - startNs), since, what, `by ${e.context}`];
  });
  const signalled = life.find(
    (e) => e.name === "dma_fence_signaled" || e.name === "drm_sched_job_done",
  );
  const total =
    signalled === undefined
      ? style.red("it is never signalled here")
      : `${formatUs(signalled.time - life[0].time)} us from its first event to the signal`;
  return [
    `${style.bold(`fence ${fence}`)}${whose}`,
    ...columns([["us", "us after", "what", ""], ...rows], [0, 1]).map((l) => `  ${l}`),
    `  ${total}`,
  ];
}
