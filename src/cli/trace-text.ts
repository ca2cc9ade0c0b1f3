// The text of a trace, read once: it goes to worker threads, and a pipe can be read only once.

import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { traceBytesMax } from "../trace/limits.ts";
import { tracePath } from "./project.ts";
import { readText } from "./read-text.ts";

export interface TraceText {
  readonly text: string;
  /** What problems name. */
  readonly file: string;
  /** A file with that text. */
  readonly path: string;
}

/** Reads a trace. Throws `InputError`. */
export function readTraceText(arg: string): TraceText {
  const path = tracePath(arg) ?? arg;
  const text = readText(path, traceBytesMax);
  return { text, file: path, path: statSync(path).isFile() ? path : spool(text) };
}

function spool(text: string): string {
  const dir = mkdtempSync(join(tmpdir(), "panthor-replay-"));
  process.once("exit", () => rmSync(dir, { recursive: true, force: true }));
  const path = join(dir, "trace.yaml");
  writeFileSync(path, text);
  return path;
}
