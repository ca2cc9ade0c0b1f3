// What the sweeps share: a trace written as text, replayed on the base driver.

import { isLeft } from "effect/Either";
import { zeroCost, type Profile } from "../../../src/device/profile/index.ts";
import { replay, type ReplayResult } from "../../../src/replay/replay.ts";
import type { Revision } from "../../../src/revision/revision.ts";
import { catalog } from "../../../src/revision/catalog.ts";
import { parseRevision } from "../../../src/revision/revision.ts";
import * as Effect from "effect/Effect";
import { parseTrace } from "../../../src/trace/parse.ts";

const base: Revision = Effect.runSync(parseRevision("linux-7.3", catalog));

/** Events, one a line without its actor: all of one program. */
export function program(lines: string): string {
  return lines
    .trim()
    .split("\n")
    .map((line) => `    app-1 +0: ${line.trim()}`)
    .join("\n");
}

/**
 * Replays events (each a full line) with streams `work` (100 us) and `long` (1 s), and with further
 * lines of the header.
 */
export function run(events: string, profile: Profile = zeroCost, header = ""): ReplayResult {
  const text = `
version: 1
name: sweep
description: A sweep.
${header}
streams:
  work: |
    run 100us
  long: |
    run 1s
events:
  - |
${events}
`;
  const trace = parseTrace(text, "sweep.yaml");
  if (isLeft(trace)) throw trace.left;
  return replay({ trace: trace.right, revision: base, profile });
}
