// A set of recordings: a folder with an `index.json` that says how each was made, and one folder
// per recording with `trace.txt` or `trace.txt.gz`.

import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";

/** A recording set that cannot be used. Input error: exit code 129. */
export class RecordingSetError extends Error {
  override readonly name = "RecordingSetError";
}

/** How the recordings of a flavour were made. */
export interface Flavour {
  readonly name: string;
  readonly hz: number;
  readonly cpus: number;
  /** False where the host's clock ran, so that order is only partly promised. */
  readonly repeatable: boolean;
  /** Device latencies and CPU costs in ns by their names in index.json. */
  readonly latenciesNs: Readonly<Record<string, number>>;
}

export interface RecordingEntry {
  readonly folder: string;
  readonly scenario: string;
  readonly flavour: Flavour;
  /** Path of the text, maybe compressed. */
  readonly path: string;
  /** Time of the first event, ns since boot of the recording's kernel; -1 when not known. */
  readonly firstNs: number;
  /** State of a patch series that it was recorded at (`prefix` or `variant`), "" for none. */
  readonly state: string;
  /** Release of the kernel, with what was changed in it; "" when not known. */
  readonly kernel: string;
  /** What was set differently for it: `reset_ns:300000,pwr_ns:500000`. */
  readonly knobs: string;
}

interface IndexJson {
  readonly kernel?: string;
  readonly flavours?: Record<
    string,
    {
      readonly hz?: number;
      readonly cpus?: number;
      readonly repeatable?: boolean;
      readonly latencies_ns?: Record<string, number>;
    }
  >;
  readonly recordings?: readonly {
    readonly folder: string;
    readonly scenario: string;
    readonly flavour: string;
    readonly file?: string;
    readonly first_ns?: number;
    readonly prefix?: string;
    readonly variant?: string;
    readonly kernel?: string;
    readonly knobs?: string;
  }[];
}

/** Reads the index of a recording set. Throws `RecordingSetError`. */
export function readRecordingSet(root: string): RecordingEntry[] {
  const file = join(root, "index.json");
  let index: IndexJson;
  try {
    index = JSON.parse(readFileSync(file, "utf8")) as IndexJson;
  } catch (error) {
    throw new RecordingSetError(
      `${file}:1:1: cannot read the index of the recordings: ${(error as Error).message}`,
    );
  }
  const flavours = new Map<string, Flavour>();
  for (const [name, f] of Object.entries(index.flavours ?? {})) {
    flavours.set(name, {
      name,
      hz: f.hz ?? 250,
      cpus: f.cpus ?? 1,
      repeatable: f.repeatable ?? true,
      latenciesNs: f.latencies_ns ?? {},
    });
  }
  return (index.recordings ?? []).flatMap((r) => {
    // `base+swap`: made as base, with something more that the scenario's trace says.
    const flavour = flavours.get(r.flavour.split("+")[0]);
    if (flavour === undefined) {
      const known = [...flavours.keys()].join(", ");
      throw new RecordingSetError(
        `${file}:1:1: recording ${r.folder} is of flavour ${r.flavour}; known are ${known}`,
      );
    }
    const path = join(root, r.folder, r.file ?? "trace.txt");
    // A set may be copied in part: what is not there is not judged.
    if (!existsSync(path)) return [];
    const { folder, scenario, first_ns: firstNs = -1, knobs = "" } = r;
    const state = r.prefix ?? r.variant ?? "";
    const kernel = r.kernel ?? index.kernel ?? "";
    return [{ folder, scenario, flavour, path, firstNs, state, kernel, knobs }];
  });
}

/** The text of a recording. */
export function readRecording(path: string): string {
  const bytes = readFileSync(path);
  return (path.endsWith(".gz") ? gunzipSync(bytes) : bytes).toString("utf8");
}
