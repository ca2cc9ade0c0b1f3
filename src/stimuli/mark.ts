// Marks that a program writes around its system calls, as structured data: the grammar of the
// recorder of this project's recordings, which the scripts under scripts/record write, too.
// What is none of it is a remark of the program.

/** Arguments that a mark gives, by name; numbers as they stand there. */
export type MarkArgs = ReadonlyMap<string, string>;

export type Mark =
  /** A call begins. `detail` is what stands in brackets behind its name. */
  | { readonly kind: "begin"; readonly name: string; readonly detail: string }
  | { readonly kind: "end"; readonly name: string; readonly ret: number | null }
  /** Arguments of the call that follows. */
  | { readonly kind: "before"; readonly of: string; readonly args: MarkArgs }
  /** Results of the call that has just ended. */
  | { readonly kind: "after"; readonly of: string; readonly args: MarkArgs }
  /** A call that one mark is all of. */
  | { readonly kind: "call"; readonly name: string; readonly args: MarkArgs }
  | { readonly kind: "start" | "stop"; readonly scenario: string }
  | { readonly kind: "remark"; readonly text: string };

interface Row {
  readonly pattern: RegExp;
  readonly make: (m: RegExpExecArray, args: MarkArgs) => Mark;
}

const begin = (name: string): Row["make"] => {
  return (m) => ({ kind: "begin", name, detail: m[1] ?? "" });
};
const end = (name: string): Row["make"] => {
  return () => ({ kind: "end", name, ret: null });
};
const before = (of: string): Row["make"] => {
  return (_, args) => ({ kind: "before", of, args });
};
const after = (of: string): Row["make"] => {
  return (_, args) => ({ kind: "after", of, args });
};
const call = (name: string): Row["make"] => {
  return (_, args) => ({ kind: "call", name, args });
};

/** Tried in order; named groups and `key=value` pairs of the text become arguments. */
const rows: readonly Row[] = [
  {
    pattern: /^ioctl (\w+)(?:\((.*)\))? begin$/,
    make: (m) => ({ kind: "begin", name: m[1], detail: m[2] ?? "" }),
  },
  {
    pattern: /^ioctl (\w+)(?:\(.*\))? end ret=(-?\d+)/,
    make: (m) => ({ kind: "end", name: m[1], ret: Number(m[2]) }),
  },
  // What scripts/record writes: every argument of a call, before or after it.
  { pattern: /^arg (\w+) /, make: (m, args) => ({ kind: "before", of: m[1], args }) },
  { pattern: /^out (\w+) /, make: (m, args) => ({ kind: "after", of: m[1], args }) },

  { pattern: /^submit group=/, make: before("GROUP_SUBMIT") },
  { pattern: /^vm_bind op \d+\/\d+ /, make: before("VM_BIND") },
  { pattern: /^group (?<group>\d+) destroy$/, make: before("GROUP_DESTROY") },
  {
    pattern: /^syncobj (?<handle>\d+) point (?<point>\d+) wait$/,
    make: before("SYNCOBJ_TIMELINE_WAIT"),
  },
  { pattern: /^vm id=/, make: after("VM_CREATE") },
  { pattern: /^group handle=/, make: after("GROUP_CREATE") },
  { pattern: /^group (?<group>\d+) state=/, make: after("GROUP_GET_STATE") },
  { pattern: /^vm (?<vm>\d+) state=/, make: after("VM_GET_STATE") },
  {
    pattern: /^heap ctx va=(?<context>0x[0-9a-f]+) first chunk=(?<first_chunk>0x[0-9a-f]+)/,
    make: after("TILER_HEAP_CREATE"),
  },
  {
    pattern: /^fence (?<label>\S+) point (?<point>\d+): query ret=/,
    make: call("fence_status"),
  },

  { pattern: /^open \S*renderD\d+/, make: call("open") },
  { pattern: /^close begin$/, make: begin("close") },
  { pattern: /^close end$/, make: end("close") },
  { pattern: /^plug begin$/, make: begin("plug") },
  { pattern: /^plug end$/, make: end("plug") },
  { pattern: /^unbind$/, make: begin("unbind") },
  { pattern: /^unbind end$/, make: end("unbind") },
  { pattern: /^sleep (\d+[a-z]+) begin$/, make: begin("sleep") },
  { pattern: /^sleep \d+[a-z]+ end$/, make: end("sleep") },
  { pattern: /^shrink (?:(\d+) pages)?.*begin$/, make: begin("shrink") },
  { pattern: /^shrink end$/, make: end("shrink") },
  { pattern: /^fake_mali param (?<name>\w+)=(?<value>-?\w+)$/, make: call("inject") },
  { pattern: /^profiling=(?<mask>\d+)/, make: call("profiling") },
  {
    pattern: /^TRACE START(?: scenario=(\S+))?/,
    make: (m) => ({ kind: "start", scenario: m[1] ?? "" }),
  },
  {
    pattern: /^TRACE END(?: scenario=(\S+))?/,
    make: (m) => ({ kind: "stop", scenario: m[1] ?? "" }),
  },
];

/** Reads the text of a mark. */
export function parseMark(text: string): Mark {
  for (const { pattern, make } of rows) {
    const m = pattern.exec(text);
    if (m === null) continue;
    const args = new Map<string, string>(Object.entries(m.groups ?? {}));
    for (const [, key, value] of text.matchAll(/(?<![^\s])(\w+)=(\S+)/g)) args.set(key, value);
    return make(m, args);
  }
  return { kind: "remark", text };
}

/** A number that a mark gives, decimal or hexadecimal; null for none. */
export function markNumber(args: MarkArgs, key: string): number | null {
  const text = args.get(key);
  if (text === undefined || text === "") return null;
  const n = Number(text);
  return Number.isFinite(n) ? n : null;
}

/** Arguments of one operation may come in several marks, which then number it. */
export function addArgs(before: MarkArgs[], args: MarkArgs): void {
  const i = args.get("i");
  const n = Number(i);
  if (i === undefined || !Number.isInteger(n) || n < 0 || n > before.length) {
    before.push(args);
    return;
  }
  const merged = new Map(before[n]);
  for (const [key, value] of args) {
    const list = (key === "wait" || key === "signal") && merged.has(key);
    merged.set(key, list ? `${merged.get(key)},${value}` : value);
  }
  before[n] = merged;
}
