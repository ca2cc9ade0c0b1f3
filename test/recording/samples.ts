// Samples of recordings: our own under test/fixtures/samples, and, where PANTHOR_SAMPLES names the
// folder of all samples, those too, which stay where they are.

import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";

/** What a sample holds, as the tools that made it counted. */
export interface Sample {
  readonly kind: string;
  readonly events: number;
  readonly per_event?: Readonly<Record<string, number>>;
  readonly first_ts?: string;
  readonly last_ts?: string;
  readonly dropped_markers?: number;
  readonly clock?: readonly string[];
  readonly compact_sched_switch?: number;
  readonly compact_sched_waking?: number;
}

const own = new URL("../fixtures/samples/", import.meta.url).pathname;

export function fixture(path: string): Uint8Array {
  const bytes = readFileSync(join(own, path));
  return path.endsWith(".gz") ? gunzipSync(bytes) : bytes;
}

/** All samples there are: label, path and what they hold. */
export function allSamples(): { label: string; path: string; sample: Sample }[] {
  const list = (root: string, manifest: string, prefix: string): ReturnType<typeof allSamples> =>
    Object.entries(JSON.parse(readFileSync(manifest, "utf8")) as Record<string, Sample>)
      .filter(([, sample]) => sample.events !== undefined)
      .map(([path, sample]) => ({ label: prefix + path, path: join(root, path), sample }));
  const all = list(own, join(own, "manifest.json"), "");
  const others = process.env["PANTHOR_SAMPLES"];
  if (others !== undefined) {
    for (const part of ["ftrace", "gpu"]) {
      const manifest = join(others, part, "manifest.json");
      if (existsSync(manifest))
        all.push(...list(join(others, part), manifest, `in place: ${part}/`));
    }
  }
  return all.filter(({ sample }) => sample.kind !== "perf.data");
}
