// A timeline as a listing: one event a line, filtered; streamed, so that a recording of any size is
// listed in flat memory.

import { formatUs } from "../golden/print.ts";
import type { StreamEvent } from "../timeline/event-stream.ts";
import { type Category, kindCategory, kindNames } from "../timeline/kinds.ts";
import { type EventWords, eventText } from "./event-text.ts";
import type { Style } from "./text.ts";

/** What is listed. */
export type Selection = "fences" | "registers" | "irqs" | "contexts";

const categoriesOf: Readonly<Record<Selection, readonly Category[]>> = {
  fences: ["fence", "job"],
  registers: ["register"],
  irqs: ["irq"],
  contexts: ["sched", "work", "timer"],
};

const categoryOf = new Map(kindNames.map((name, id) => [name as string, kindCategory[id]]));

export interface ShowFilter {
  /** All where none is selected. */
  readonly selections: readonly Selection[];
  /** ns from the first event, both included. */
  readonly from: number;
  readonly to: number;
}

/** Tells which events are listed. */
export function makeFilter({ selections }: ShowFilter): (name: string) => boolean {
  const wanted = new Set(selections.flatMap((s) => categoriesOf[s]));
  const known = new Map<string, boolean>();
  return (name) => {
    let listed = known.get(name);
    if (listed === undefined) {
      const category = categoryOf.get(name);
      listed = wanted.size === 0 || (category !== undefined && wanted.has(category));
      known.set(name, listed);
    }
    return listed;
  };
}

/** The heading of a listing. */
export function listingHead(title: string, startNs: number, style: Style): string[] {
  const seconds = `${Math.floor(startNs / 1e9)}.${String(startNs % 1e9).padStart(9, "0")}`;
  return [
    style.bold(title),
    style.dim(`times are us from the first event, at ${seconds} s`),
    style.dim(`${"us".padStart(14)}  cpu  ${"context".padEnd(contextColumns)}  event`),
  ];
}

const contextColumns = 24;

/** One event as a line. */
export function listingLine(
  e: StreamEvent,
  context: string,
  startNs: number,
  words: () => EventWords,
  style: Style,
): string {
  const time = formatUs(e.time - startNs).padStart(14);
  const where =
    context.length > contextColumns ? `${context.slice(0, contextColumns - 1)}~` : context;
  const text = eventText(e, words).split("\n")[0];
  const cpu = String(e.cpu).padStart(3);
  return `${time}  ${style.dim(cpu)}  ${where.padEnd(contextColumns)}  ${paint(e.name, text, style)}`;
}

/** Fences green, register accesses yellow, interrupts and warnings red, the scheduler dim. */
function paint(name: string, text: string, style: Style): string {
  switch (categoryOf.get(name)) {
    case "fence":
    case "job":
      return style.green(text);
    case "register":
      return style.yellow(text);
    case "irq":
    case "log":
      return style.red(text);
    case "sched":
    case "timer":
      return style.dim(text);
    default:
      return text;
  }
}
