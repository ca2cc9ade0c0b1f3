// Small readers of the exported formats, written from their specifications and not from the writers.

import { BinaryReader, WireType } from "@bufbuild/protobuf/wire";

/** A message's fields by number, each with all its values. */
export type Message = Map<number, (bigint | Uint8Array)[]>;

export function readMessage(bytes: Uint8Array): Message {
  const r = new BinaryReader(bytes);
  const out: Message = new Map();
  while (r.pos < r.len) {
    const [field, wire] = r.tag();
    let value: bigint | Uint8Array;
    if (wire === WireType.Varint) value = BigInt(r.uint64());
    else if (wire === WireType.Bit64) value = BigInt(r.fixed64());
    else if (wire === WireType.LengthDelimited) value = r.bytes();
    else throw new Error(`field ${field} has wire type ${wire}`);
    out.set(field, [...(out.get(field) ?? []), value]);
  }
  return out;
}

export const num = (m: Message, field: number): number => Number(m.get(field)?.[0] ?? -1);
export const nums = (m: Message, field: number): number[] => (m.get(field) ?? []).map(Number);
export const sub = (m: Message, field: number): Message[] =>
  (m.get(field) ?? []).map((v) => readMessage(v as Uint8Array));
export const str = (m: Message, field: number): string | null => {
  const value = m.get(field)?.[0];
  return value instanceof Uint8Array ? Buffer.from(value).toString("utf8") : null;
};

export interface PerfettoEvent {
  readonly time: number;
  readonly type: "begin" | "end" | "instant";
  readonly track: number;
  readonly name: string;
  readonly flows: readonly number[];
  readonly terminating: readonly number[];
  readonly args: Readonly<Record<string, string | number>>;
}

export interface PerfettoTrace {
  readonly tracks: ReadonlyMap<number, { readonly name: string; readonly parent: number }>;
  readonly events: readonly PerfettoEvent[];
}

/** Track events of a Perfetto trace, names resolved as a trace processor does. */
export function readPerfetto(bytes: Uint8Array): PerfettoTrace {
  const tracks = new Map<number, { name: string; parent: number }>();
  const events: PerfettoEvent[] = [];
  const names = new Map<number, string>();
  const argNames = new Map<number, string>();
  const types = ["", "begin", "end", "instant"] as const;
  let cleared = false;
  for (const packet of sub(readMessage(bytes), 1)) {
    for (const d of sub(packet, 60)) {
      tracks.set(num(d, 1), { name: str(d, 2)!, parent: num(d, 5) });
    }
    for (const data of sub(packet, 12)) {
      for (const n of sub(data, 2)) names.set(num(n, 1), str(n, 2)!);
      for (const n of sub(data, 3)) argNames.set(num(n, 1), str(n, 2)!);
    }
    for (const e of sub(packet, 11)) {
      const flags = num(packet, 13);
      if ((flags & 1) !== 0) cleared = true;
      if (!cleared || (flags & 2) === 0) throw new Error("names of no incremental state");
      const type = types[num(e, 9)];
      const name = names.get(num(e, 10));
      if (type === "" || type === undefined) throw new Error("no type");
      if (type !== "end" && name === undefined) throw new Error(`no name ${num(e, 10)}`);
      const args = sub(e, 4).map((a) => {
        const value = a.has(4) ? num(a, 4) : (str(a, 6) ?? "");
        return [argNames.get(num(a, 1))!, value] as const;
      });
      events.push({
        ...{ time: num(packet, 8), type, track: num(e, 11), name: name ?? "" },
        ...{ flows: nums(e, 47), terminating: nums(e, 48), args: Object.fromEntries(args) },
      });
    }
  }
  return { tracks, events };
}

export interface VcdChange {
  readonly time: number;
  readonly name: string;
  readonly value: string;
}

/** Value changes of a VCD by `scope.name`, behind the dump of initial values. */
export function readVcd(text: string): { timescale: string; changes: VcdChange[] } {
  const tokens = text.split(/\s+/).filter((t) => t !== "");
  const names = new Map<string, { name: string; width: number }>();
  const scopes: string[] = [];
  const changes: VcdChange[] = [];
  let timescale = "";
  let time = -1;
  let i = 0;
  const command = (): string[] => {
    const words: string[] = [];
    for (i++; tokens[i] !== "$end"; i++) words.push(tokens[i]);
    return words;
  };
  for (; i < tokens.length; i++) {
    const t = tokens[i];
    if (t === "$scope") scopes.push(command()[1]);
    else if (t === "$upscope") {
      command();
      scopes.pop();
    } else if (t === "$var") {
      const [, width, id, name] = command();
      if (names.has(id)) throw new Error(`${id} is declared twice`);
      names.set(id, { name: [...scopes, name].join("."), width: Number(width) });
    } else if (t === "$timescale") timescale = command().join(" ");
    else if (t === "$dumpvars") {
      const initial = command();
      if (initial.length === 0) throw new Error("no initial values");
    } else if (t.startsWith("$")) command();
    else if (t.startsWith("#")) {
      const next = Number(t.slice(1));
      if (!(next > time)) throw new Error(`time goes from ${time} to ${next}`);
      time = next;
    } else {
      const vector = t.startsWith("b");
      const id = vector ? tokens[++i] : t.slice(1);
      const variable = names.get(id);
      if (variable === undefined) throw new Error(`${id} is not declared`);
      if (vector !== variable.width > 1) throw new Error(`${variable.name} has another width`);
      changes.push({ time, name: variable.name, value: vector ? t.slice(1) : t[0] });
    }
  }
  return { timescale, changes };
}

/** Records of RFC 4180 text. */
export function readCsv(text: string): string[][] {
  const records: string[][] = [];
  let record: string[] = [];
  let i = 0;
  while (i < text.length) {
    let cell = "";
    if (text[i] === '"') {
      for (i++; ; i++) {
        if (text[i] === '"' && text[i + 1] === '"') i++;
        else if (text[i] === '"') break;
        cell += text[i];
      }
      i++;
    } else {
      while (i < text.length && text[i] !== "," && text[i] !== "\r") cell += text[i++];
    }
    record.push(cell);
    if (text[i] === ",") i++;
    else if (text.startsWith("\r\n", i)) {
      records.push(record);
      record = [];
      i += 2;
    } else if (i < text.length) throw new Error(`at ${i}: ${JSON.stringify(text.slice(i, i + 8))}`);
  }
  return records;
}
