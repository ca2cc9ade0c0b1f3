// What a comparison, a listing or an export is asked about: a golden, a trace (to be replayed) or a
// recording, told apart by content alone. `TRACE@REVISION`, `TRACE@REVISION/PROFILE` and `TRACE@/PROFILE`
// say what a trace is replayed with.

import { accessSync, constants, existsSync, statSync } from "node:fs";
import { nearest } from "../trace/suggest.ts";
import { InputError } from "./input-error.ts";
import { reasonOf } from "./read-text.ts";
import { isGolden, isRecording, isText } from "./recognise.ts";

export type OperandKind = "golden" | "trace" | "recording";

export interface Operand {
  /** As the user gave it. */
  readonly argument: string;
  readonly path: string;
  readonly kind: OperandKind;
  /** For traces; null for what the trace says. */
  readonly revision: string | null;
  readonly profile: string | null;
}

/** Replay options for traces that do not name their own. */
export interface OperandDefaults {
  readonly revision: string | null;
  readonly profile: string | null;
}

/** Reads an argument. Throws `InputError`. */
export function parseOperand(argument: string, defaults: OperandDefaults): Operand {
  const { path, at } = split(argument);
  const kind = kindOf(path);
  if (at !== null && kind !== "trace") {
    throw new InputError(`${argument}: a ${kind} has no revision; @${at} is for traces`);
  }
  const slash = at?.indexOf("/") ?? -1;
  const revision = at === null ? "" : slash < 0 ? at : at.slice(0, slash);
  const profile = at === null || slash < 0 ? "" : at.slice(slash + 1);
  return {
    argument,
    path,
    kind,
    revision: revision === "" ? defaults.revision : revision,
    profile: profile === "" ? defaults.profile : profile,
  };
}

/** The file is what comes before an `@`: names of revisions have one too, so the first that fits. */
function split(argument: string): { readonly path: string; readonly at: string | null } {
  if (existsSync(argument)) return { path: argument, at: null };
  for (let i = argument.indexOf("@"); i >= 0; i = argument.indexOf("@", i + 1)) {
    const path = argument.slice(0, i);
    if (path !== "" && existsSync(path)) return { path, at: argument.slice(i + 1) };
  }
  const hint = hintFor(argument);
  throw new InputError(
    `${argument}: no such file; expected a trace, a golden or a recording${hint}`,
  );
}

function hintFor(argument: string): string {
  if (!argument.startsWith("-")) return "";
  const near = nearest(argument.split("=")[0], ["--json", "--markdown", "--fences", "--registers"]);
  return near === undefined ? "" : `; did you mean ${near}?`;
}

function kindOf(path: string): OperandKind {
  refuseUnreadable(path);
  if (isGolden(path)) return "golden";
  // What is no text at all can only be meant as a recording, whose reader says where it is none.
  return isRecording(path) || !isText(path) ? "recording" : "trace";
}

function refuseUnreadable(path: string): void {
  try {
    if (statSync(path).isDirectory()) {
      throw new InputError(`${path}: is a folder; expected a trace, a golden or a recording`);
    }
    // What a pipe has given is gone, and recordings are read more than once.
    if (!statSync(path).isFile()) {
      throw new InputError(`${path}: is not a regular file; write it to one first`);
    }
    accessSync(path, constants.R_OK);
  } catch (error) {
    if (error instanceof InputError) throw error;
    throw new InputError(`${path}:1:1: cannot be read: ${reasonOf(error)}`);
  }
}
