// Writes decoded events as a Perfetto trace: typed messages where there are some, bundles a CPU.

import { BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import type { EventBatch } from "../../src/recording/batch.ts";
import { recordFields } from "../../src/recording/dialect/convert.ts";
import { dialect } from "../../src/recording/dialect/table.ts";
import { protoEvents } from "../../src/recording/perfetto/events.ts";

const bundleEvents = 100;
const states = ["S", "D", "T", "t", "X", "Z", "P", "I"];
const numbers = new Map([...protoEvents].map(([number, e]) => [e.name, { number, ...e }]));

/** A Perfetto trace of the events that the timeline knows. */
export function writePerfetto(batches: Iterable<EventBatch>): Uint8Array {
  const out = new BinaryWriter();
  const open = new Map<number, { writer: BinaryWriter; events: number }>();
  const threads = new Map<number, string>();
  const functions = new Map<string, number>();
  const flush = (cpu: number): void => {
    const bundle = open.get(cpu);
    if (bundle === undefined) return;
    open.delete(cpu);
    const packet = new BinaryWriter()
      .tag(1, WireType.LengthDelimited)
      .bytes(bundle.writer.finish());
    out.tag(1, WireType.LengthDelimited).bytes(packet.finish());
  };
  for (const batch of batches) {
    for (let i = 0; i < batch.length; i++) {
      const type = batch.types[batch.type[i]];
      if (type.kind < 0) continue;
      const cpu = batch.cpu[i];
      let bundle = open.get(cpu);
      if (bundle === undefined) {
        bundle = { writer: new BinaryWriter().tag(1, WireType.Varint).uint32(cpu), events: 0 };
        open.set(cpu, bundle);
      }
      threads.set(batch.pid[i], batch.names.text(batch.comm[i]));
      bundle.writer.tag(2, WireType.LengthDelimited).bytes(writeEvent(batch, i, functions));
      if (++bundle.events === bundleEvents) flush(cpu);
    }
  }
  for (const cpu of [...open.keys()]) flush(cpu);
  const tree = new BinaryWriter();
  for (const [pid, name] of threads) {
    const thread = new BinaryWriter().tag(1, WireType.Varint).int32(pid);
    thread.tag(2, WireType.LengthDelimited).string(name);
    tree.tag(2, WireType.LengthDelimited).bytes(thread.finish());
  }
  const symbols = new BinaryWriter();
  for (const [name, id] of functions) {
    const symbol = new BinaryWriter().tag(1, WireType.Varint).uint32(id);
    symbol.tag(2, WireType.LengthDelimited).string(name);
    symbols.tag(26, WireType.LengthDelimited).bytes(symbol.finish());
  }
  const packet = new BinaryWriter().tag(2, WireType.LengthDelimited).bytes(tree.finish());
  packet.tag(12, WireType.LengthDelimited).bytes(symbols.finish());
  return out.tag(1, WireType.LengthDelimited).bytes(packet.finish()).finish();
}

function writeEvent(batch: EventBatch, i: number, functions: Map<string, number>): Uint8Array {
  const type = batch.types[batch.type[i]];
  const event = new BinaryWriter();
  event.tag(1, WireType.Varint).uint64(BigInt(batch.time[i]));
  event.tag(2, WireType.Varint).int32(batch.pid[i]);
  const known = numbers.get(type.recorded);
  const row = dialect.get(type.recorded)!;
  const message = new BinaryWriter();
  const generic = known === undefined;
  if (generic) message.tag(1, WireType.LengthDelimited).string(type.recorded);
  for (const f of recordFields(row)) {
    const value = batch.field(i, f.field);
    const field = known?.fields.indexOf(f.source) ?? -1;
    if (value === undefined || (!generic && field < 0)) continue;
    const scalar = recorded(f.conversion, f.source, value, batch, i, functions);
    if (scalar === null) continue;
    const into = generic ? new BinaryWriter() : message;
    if (generic) into.tag(1, WireType.LengthDelimited).string(f.source);
    if (typeof scalar === "string") {
      into.tag(generic ? 3 : field, WireType.LengthDelimited).string(scalar);
    } else into.tag(generic ? 4 : field, WireType.Varint).int64(BigInt(scalar));
    if (generic) message.tag(2, WireType.LengthDelimited).bytes(into.finish());
  }
  return event
    .tag(known?.number ?? 327, WireType.LengthDelimited)
    .bytes(message.finish())
    .finish();
}

/** What the kernel's record holds where the timeline has `value`. */
function recorded(
  conversion: string,
  source: string,
  value: number | string,
  batch: EventBatch,
  i: number,
  functions: Map<string, number>,
): number | string | null {
  switch (conversion) {
    case "function": {
      const name = String(value);
      if (!functions.has(name)) functions.set(name, functions.size + 1);
      return functions.get(name)!;
    }
    case "symbol":
      return Number(batch.field(i, source));
    case "state": {
      const letters = String(value);
      let bits = letters.endsWith("+") ? 0x100 : 0;
      for (const l of letters.replace("+", "").split("|")) {
        if (l !== "R") bits |= 1 << states.indexOf(l);
      }
      return bits;
    }
    case "handled":
      return value === "handled" ? 1 : 0;
    case "none":
      return null;
    default:
      return value;
  }
}
