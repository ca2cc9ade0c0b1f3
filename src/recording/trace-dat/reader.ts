// trace.dat as events: the CPUs' pages merged by time, each record decoded by its format's plan.
// A CPU whose data breaks off ends there; the others go on, and the error comes last.

import { batchEventsMax, EventBatch, kernelFlags } from "../batch.ts";
import { Locator } from "../error.ts";
import type { EventTable, ReadOptions } from "../event-table.ts";
import type { ByteSource } from "../source/byte-source.ts";
import { readMetadata } from "./header.ts";
import type { Metadata } from "./metadata.ts";
import { PageCursor } from "./page-cursor.ts";
import { RecordPlan } from "./record.ts";
import { Symbols } from "./symbols.ts";

export function* readTraceDat(
  source: ByteSource,
  file: string,
  table: EventTable,
  options: ReadOptions = {},
): Generator<EventBatch> {
  const where = new Locator(file);
  const meta = readMetadata(source, where);
  table.clock = meta.clock;
  table.cpus = meta.cpuCount ?? meta.buffers[0]?.cpus.length ?? null;
  const decoder = new Decoder(meta, table);
  const cursors = meta.buffers.flatMap((buffer) =>
    buffer.cpus.map((data) => new PageCursor(source, meta, buffer, data, table, where)),
  );
  const live = cursors.filter((c) => c.advance());
  let batch = new EventBatch(table.names, table.types);
  while (live.length > 0) {
    decoder.merge(live, batch);
    if (batch.length === batchEventsMax) {
      yield batch;
      const bytes = cursors.reduce((n, c) => n + c.consumed, 0);
      options.onProgress?.({ bytes, total: source.size });
      batch = options.reuse === true ? batch.clear() : new EventBatch(table.names, table.types);
    }
  }
  if (batch.length > 0) yield batch;
  options.onProgress?.({ bytes: source.size, total: source.size });
  const failed = cursors.find((c) => c.failure !== null);
  if (failed !== undefined) throw failed.failure!;
}

class Decoder {
  private readonly plans: (RecordPlan | undefined)[] = [];
  private readonly comms = new Map<number, number>();
  private readonly symbols: Symbols;
  private readonly idle: number;
  private readonly unknown: number;
  private lastPid = -1;
  private lastComm = 0;

  constructor(
    private readonly meta: Metadata,
    private readonly table: EventTable,
  ) {
    this.symbols = new Symbols(meta.kallsyms);
    this.idle = table.names.id("<idle>");
    this.unknown = table.names.id("<...>");
    for (const line of Buffer.from(meta.comms).toString("utf8").split("\n")) {
      const m = /^\s*(\d+) (.*)$/.exec(line);
      if (m !== null) this.comms.set(Number(m[1]), table.names.id(m[2]));
    }
  }

  /** Moves events into the batch until it is full or one CPU is done. */
  merge(live: PageCursor[], batch: EventBatch): void {
    while (batch.length < batchEventsMax) {
      // The earliest event, of the first CPU among equals, and how long that CPU stays earliest.
      let best = 0;
      let bestTime = live[0].times[live[0].next];
      let limit = Number.POSITIVE_INFINITY;
      for (let n = 1; n < live.length; n++) {
        const time = live[n].times[live[n].next];
        if (time < bestTime) {
          // Later in the list than the CPU it overtakes: equal times go to that one.
          limit = bestTime;
          bestTime = time;
          best = n;
        } else if (time < limit) limit = time;
      }
      if (!this.run(live[best], limit, batch)) {
        if (!live[best].advance()) live.splice(best, 1);
        if (live.length === 0) return;
      }
    }
  }

  /** Takes a CPU's events up to `limit`; false at the end of its page. */
  private run(cursor: PageCursor, limit: number, batch: EventBatch): boolean {
    const { times, starts, ends, view, bytes, count } = cursor;
    const { little, timeOffset } = this.meta;
    const cpu = cursor.data.cpu;
    let n = cursor.next;
    let i = batch.length;
    let first = true;
    while (n < count && i < batchEventsMax) {
      const time = times[n];
      if (!first && time >= limit) break;
      first = false;
      const start = starts[n];
      const end = ends[n];
      if (end - start >= 8) {
        const id = view.getUint16(start, little);
        const pid = view.getInt32(start + 4, little);
        const plan = this.plans[id] ?? this.plan(id);
        batch.time[i] = time + timeOffset;
        batch.index[i] = cursor.place(start);
        batch.cpu[i] = cpu;
        batch.pid[i] = pid;
        batch.comm[i] = pid === this.lastPid ? this.lastComm : this.comm(pid);
        batch.flags[i] = kernelFlags(bytes[start + 2], bytes[start + 3]);
        plan.fill(view, bytes, start, end, batch, i, batch.index[i]);
        i++;
      }
      n++;
    }
    cursor.next = n;
    batch.length = i;
    return n < count;
  }

  private plan(id: number): RecordPlan {
    const format = this.meta.formats.get(id) ?? null;
    return (this.plans[id] = new RecordPlan(
      format,
      id,
      this.table,
      this.symbols,
      this.meta.little,
    ));
  }

  private comm(pid: number): number {
    this.lastPid = pid;
    this.lastComm = this.comms.get(pid) ?? (pid === 0 ? this.idle : this.unknown);
    return this.lastComm;
  }
}
