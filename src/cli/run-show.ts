// Lists a timeline, or one fence's life with what led to its signal.

import {
  type EventSource,
  fenceOf,
  fieldsText,
  isRegisterAccess,
  registerAccess,
} from "../export/events.ts";
import type { SourceEvent } from "../export/events.ts";
import { lifeEvent, type LifeEvent, lifeLines } from "../report/fence-life.ts";
import { listingHead, listingLine, makeFilter, type ShowFilter } from "../report/show.ts";
import { ansiStyle, noStyle, type Style } from "../report/text.ts";
import { exitCode } from "./exit-codes.ts";
import { InputError } from "./input-error.ts";
import { parseOperand } from "./operand.ts";
import { openSink, type Sink } from "./pager.ts";
import { makeProgress } from "./progress.ts";
import { wantsColour } from "./streams.ts";
import { openTimeline } from "./timeline-source.ts";

export interface ShowOptions {
  readonly input: string;
  readonly revision: string | null;
  readonly profile: string | null;
  readonly filter: ShowFilter;
  /** `context:seqno` for the life of one fence. */
  readonly fence: string | null;
}

/** Runs and prints; 0. */
export async function runShow(o: ShowOptions): Promise<number> {
  if (o.fence !== null && !/^\d+:\d+$/.test(o.fence)) {
    throw new InputError(`--fence ${o.fence}: expected context:seqno, e.g. 7:1`);
  }
  const style = wantsColour() ? ansiStyle : noStyle;
  // Progress would be mixed up with the listing on a terminal.
  const progress = o.fence !== null ? makeProgress() : null;
  const timeline = await openTimeline(parseOperand(o.input, o), progress?.update);
  try {
    if (o.fence !== null) {
      const lines = fenceReport(timeline.source, o.fence, style);
      progress?.end();
      process.stdout.write(`${lines.join("\n")}\n`);
    } else {
      const sink = openSink();
      await list(timeline.source, o.filter, sink, style);
      await sink.end();
    }
  } finally {
    progress?.end();
    timeline.close();
  }
  for (const note of timeline.notes()) process.stderr.write(`note: ${note}\n`);
  return exitCode.agrees;
}

const pieceChars = 1 << 16;

async function list(
  source: EventSource,
  filter: ShowFilter,
  sink: Sink,
  style: Style,
): Promise<void> {
  const listed = makeFilter(filter);
  let start = -1;
  let text = "";
  for (const e of source.events()) {
    const { event } = e;
    if (start < 0) {
      start = event.time;
      text = `${listingHead(source.title, start, style).join("\n")}\n`;
    }
    const time = event.time - start;
    if (time > filter.to) break;
    if (time < filter.from || !listed(event.name)) continue;
    text += `${line(source, e, start, style)}\n`;
    if (text.length < pieceChars) continue;
    if (!(await sink.write(text))) return;
    text = "";
  }
  if (start < 0) text = "no events\n";
  await sink.write(text);
}

function line(source: EventSource, e: SourceEvent, start: number, style: Style): string {
  const { event, context } = e;
  const words = () => ({
    access: isRegisterAccess(event)
      ? registerAccess(event, source.registers)
      : { register: "", value: "", fields: "" },
    fields: fieldsText(event),
  });
  return listingLine(event, context, start, words, style);
}

/** Events of a chain of causes that are shown. */
const chainMax = 24;
const causesStart = 1 << 16;

/** One fence's life, and the chain of causes of its signal. */
function fenceReport(source: EventSource, fence: string, style: Style): string[] {
  const life: LifeEvent[] = [];
  let causes = new Int32Array(causesStart);
  let signalled = -1;
  let created = -1;
  let start = -1;
  /** System calls and the GPU's writes: what came before them is another story. */
  const origins = new Set<number>();
  const near = new Set<string>();
  for (const { n, event, context, cause } of source.events()) {
    if (start < 0) start = event.time;
    if (n >= causes.length) {
      const grown = new Int32Array(causes.length * 2);
      grown.set(causes);
      causes = grown;
    }
    causes[n] = cause;
    if (event.name === "ioctl_begin" || event.name === "sync_write") origins.add(n);
    const name = fenceOf(event);
    if (name === null) continue;
    if (name !== fence) {
      if (near.size < 8 && event.name === "dma_fence_init") near.add(name);
      continue;
    }
    life.push(lifeEvent(event, context));
    if (
      event.name === "dma_fence_signaled" ||
      (event.name === "drm_sched_job_done" && signalled < 0)
    ) {
      signalled = n;
    }
    if (created < 0) created = n;
  }
  if (life.length === 0) {
    const some = near.size === 0 ? "it has no fences" : `it has ${[...near].join(", ")} ...`;
    throw new InputError(`--fence ${fence}: ${source.title} has no such fence; ${some}`);
  }
  const chains = [
    { title: "it was signalled because of, nearest first:", from: signalled },
    { title: "it was created because of, nearest first:", from: created },
  ].map(({ title, from }) => ({ title, chain: chainFrom(causes, from, origins) }));
  const wanted = new Set(chains.flatMap(({ chain }) => chain));
  const texts = new Map<number, string>();
  for (const e of source.events()) {
    if (wanted.has(e.n)) texts.set(e.n, line(source, e, start, style));
    if (texts.size === wanted.size) break;
  }
  const told = chains.flatMap(({ title, chain }) =>
    chain.length < 2 ? [] : ["", title, ...chain.map((n) => texts.get(n)!)],
  );
  return [...lifeLines(fence, life, start, style), ...told];
}

function chainFrom(causes: Int32Array, from: number, origins: ReadonlySet<number>): number[] {
  const chain: number[] = [];
  for (let n = from; n >= 0 && chain.length < chainMax; n = causes[n]) {
    // A cause comes before what it causes; anything else is no chain.
    if (chain.length > 0 && n >= chain[chain.length - 1]) break;
    chain.push(n);
    if (origins.has(n)) break;
  }
  return chain;
}
