// The event types of one recording, made as their names turn up, and what the recording's decoders
// share: interned names, numbered objects, counts of what no dialect knows, lost events.

import { K } from "../timeline/kinds.ts";
import { EventType, type RawReader } from "./batch.ts";
import { dialect } from "./dialect/table.ts";
import type { DialectRow } from "./dialect/row.ts";
import { Objects } from "./dialect/fence-numbers.ts";
import { Interner } from "./interner.ts";

/** Event types of a recording at most: their ids are 16 bits wide. */
export const typesMax = 4096;
const lossesKept = 1000;

/** A place where events were lost before they could be recorded. */
export interface Loss {
  readonly cpu: number;
  /** How many, null where the recording does not say. */
  readonly events: number | null;
  /** Line or byte offset. */
  readonly at: number;
}

/** Events that lack a field that their kind always has. They are no events of that kind then. */
export interface Lack {
  readonly event: string;
  readonly field: string;
  /** Line or byte offset of the first. */
  readonly at: number;
  count: number;
}

/** What an event is called that lacks a field. */
export const incompleteName = (recorded: string): string => `${recorded} (incomplete)`;

export class EventTable {
  readonly names = new Interner();
  readonly objects = new Objects();
  readonly types: EventType[] = [];
  /** Places of lost events; the first thousand, `lossCount` counts them all. */
  readonly losses: Loss[] = [];
  lossCount = 0;
  /** The trace clock, where the recording names it. */
  clock: string | null = null;
  /** CPUs, where the recording says how many there were. */
  cpus: number | null = null;

  /** Events without a field that they need, by event and field. */
  readonly lacks = new Map<string, Lack>();

  /** The type of a new event name. */
  add(
    recorded: string,
    row: DialectRow | null,
    readRaw: RawReader | null,
    shown = recorded,
  ): EventType {
    if (this.types.length >= typesMax) return this.types[typesMax - 1];
    const name = this.types.length === typesMax - 1 ? "(other events)" : recorded;
    const type = new EventType(
      this.types.length,
      name,
      row === null || name !== recorded ? -1 : K[row.kind],
      readRaw,
      shown === recorded ? name : shown,
    );
    this.types.push(type);
    return type;
  }

  row(recorded: string): DialectRow | null {
    return dialect.get(recorded) ?? null;
  }

  /** Notes an event at `at` that lacks a field. */
  lack(event: string, field: string, at: number, count = 1): void {
    const key = `${event} ${field}`;
    const known = this.lacks.get(key);
    if (known !== undefined) known.count += count;
    else if (this.lacks.size < lossesKept) this.lacks.set(key, { event, field, at, count });
  }

  lost(cpu: number, events: number | null, at: number): void {
    this.lossCount++;
    if (this.losses.length < lossesKept) this.losses.push({ cpu, events, at });
  }
}

/** How far a reading has come. */
export interface Progress {
  readonly bytes: number;
  readonly total: number;
}

/** What a reader is given besides its source. */
export interface ReadOptions {
  /** The same batch is filled again and again: it is valid until the next one is asked for. */
  readonly reuse?: boolean;
  readonly onProgress?: (progress: Progress) => void;
}
