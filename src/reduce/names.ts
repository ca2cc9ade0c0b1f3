// Plain names: each kind of object numbered in the order in which it is bound.

import { defaultFile } from "../trace/events/common.ts";
import type { NameKind } from "../trace/field.ts";
import type { Trace } from "../trace/trace.ts";
import { mapAction, mapInstruction, namesOf, rename } from "./fields.ts";
import { linesOf, mapLines } from "./items.ts";

/** What names of a kind begin with. */
const stem = (kind: NameKind): string => (kind === "file" ? defaultFile : kind);

/** `kind name` of every name that is bound, with the plain one that it should have. */
export function plainNames(trace: Trace): Map<string, string> {
  const out = new Map<string, string>();
  // Names that repetitions make follow from their variables.
  if (linesOf(trace).some((line) => line.template !== null)) return out;
  const counts = new Map<NameKind, number>();
  const add = (kind: NameKind, name: string): void => {
    const key = `${kind} ${name}`;
    if (out.has(key)) return;
    const n = counts.get(kind) ?? 0;
    counts.set(kind, n + 1);
    const number = kind === "file" && n === 0 ? "" : String(n);
    out.set(key, `${kind} ${stem(kind)}${number}`);
  };
  for (const { name } of trace.streams) add("stream", name);
  for (const { event } of linesOf(trace)) {
    for (const use of namesOf(event.action)) if (use.how === "bind") add(use.kind, use.name);
  }
  return out;
}

/** The trace with plain names. */
export function withPlainNames(trace: Trace): Trace {
  const names = plainNames(trace);
  const change = (value: unknown, kind: NameKind | undefined): unknown =>
    kind === undefined
      ? value
      : rename(value, (name) => names.get(`${kind} ${name}`)?.slice(kind.length + 1) ?? name);
  const lines = mapLines(trace, (line) => ({
    ...line,
    event: {
      ...line.event,
      action: mapAction(line.event.action, (value, field) =>
        change(value, field.names(value)[0]?.kind),
      ),
    },
  }));
  const streams = trace.streams.map(({ name, code }) => ({
    name: String(change(name, "stream")),
    code: code.map((i) =>
      mapInstruction(i, (value, field) => change(value, field.names(value)[0]?.kind)),
    ),
  }));
  const promises = trace.promises.map((promise) => ({
    ...promise,
    // `sync` or `sync:point`; what is no sync object stays.
    fence: promise.fence?.replace(/^[^:]+/, (name) => String(change(name, "sync"))) ?? null,
  }));
  return { ...lines, streams, promises };
}
