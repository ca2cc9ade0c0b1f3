// Tracks as Chrome's JSON trace format (Trace Event Format), read by Perfetto, speedscope and others.

import type { EventSource } from "./events.ts";
import { Links } from "./links.ts";
import { groups, type Track, type TrackItem } from "./track-item.ts";
import { TrackModel } from "./tracks.ts";
import { Lines, type Write } from "./writer.ts";

const phases = { begin: "B", end: "E", instant: "i" } as const;

export function writeChrome(source: EventSource, write: Write): void {
  const links = new Links(source);
  const lines = new Lines(write);
  const other = JSON.stringify({ source: source.title });
  lines.add(`{"displayTimeUnit":"ns","otherData":${other},"traceEvents":[`);
  let separator = "";
  const add = (event: object): void => {
    lines.add(`${separator}${JSON.stringify(event)}`);
    separator = ",";
  };
  groups.forEach((name, i) => {
    add({ ph: "M", name: "process_name", pid: i + 1, args: { name } });
    add({ ph: "M", name: "process_sort_index", pid: i + 1, args: { sort_index: i } });
  });
  const known = new Set<number>();
  for (const item of new TrackModel(source).items()) {
    const { track } = item;
    if (!known.has(track.id)) {
      known.add(track.id);
      add({ ph: "M", name: "thread_name", ...place(track), args: { name: track.name } });
    }
    add(eventOf(item));
    const at = { ...place(track), ts: item.time / 1000 };
    for (const id of links.beginAt(item)) add({ ph: "s", id, name: "cause", cat: "cause", ...at });
    const id = links.endAt(item);
    if (id !== null) add({ ph: "f", bp: "e", id, name: "cause", cat: "cause", ...at });
  }
  lines.add("]}");
  lines.flush();
}

function place({ id, group }: Track): { readonly pid: number; readonly tid: number } {
  return { pid: groups.indexOf(group) + 1, tid: id };
}

function eventOf({ phase, track, time, name, args }: TrackItem): object {
  return {
    ph: phases[phase],
    ...place(track),
    // Microseconds; what is behind the point are nanoseconds.
    ts: time / 1000,
    name,
    cat: track.group,
    ...(phase === "instant" ? { s: "t" } : {}),
    ...(args.length === 0 ? {} : { args: Object.fromEntries(args) }),
  };
}
