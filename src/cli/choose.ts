// The trace, revision and profile of a replay: from the trace file, or from the options that
// override it. What does not exist is an error where it is written.

import * as Either from "effect/Either";
import { type Profile, profiles } from "../device/profile/index.ts";
import { catalog } from "../revision/catalog.ts";
import { parseRevision, type Revision } from "../revision/revision.ts";
import { traceBytesMax } from "../trace/limits.ts";
import { parseTrace } from "../trace/parse.ts";
import { knownNames, nearest } from "../trace/suggest.ts";
import type { Trace } from "../trace/trace.ts";
import { InputError, OptionArgumentError } from "./input-error.ts";
import { tracePath } from "./project.ts";
import { readText } from "./read-text.ts";

export interface Chosen {
  readonly trace: Trace;
  readonly revision: Revision;
  readonly profileName: string;
  readonly profile: Profile;
}

/** Reads a trace and finds what it runs with. Throws `InputError`. */
export function choose(options: {
  readonly path: string;
  readonly revision: string | null;
  readonly profile: string | null;
}): Chosen {
  const path = tracePath(options.path) ?? options.path;
  const text = readText(path, traceBytesMax);
  const trace = readTrace(text, path);
  const fail = (key: "profile" | "revision", reason: string, problem: string): never => {
    const option = options[key];
    if (option !== null) throw new OptionArgumentError(`--${key} ${option}: ${problem}`);
    const place = `${path}:${placeOf(text, key)}`;
    throw new InputError(`${place}: ${reason}: ${trace[key]}; ${problem}`);
  };
  const profileName = options.profile ?? trace.profile;
  // An own property: `constructor` is no profile.
  if (!Object.hasOwn(profiles, profileName)) {
    const names = Object.keys(profiles);
    const near = nearest(profileName, names);
    const hint = near === undefined ? "" : `; did you mean ${near}?`;
    fail("profile", "UnknownProfile", `expected one of ${names.join(", ")}${hint}`);
  }
  const revisionName = options.revision ?? trace.revision;
  const revision = parseRevision(revisionName, catalog);
  if (Either.isLeft(revision)) {
    const { problem, suggestion } = revision.left;
    const names = [...catalog.bases, ...catalog.series].map((r) => r.id);
    const hint = suggestion === null ? "" : `; did you mean ${suggestion}?`;
    return fail(
      "revision",
      "UnknownRevision",
      `${problem}; ${knownNames(revisionName, names)}${hint}`,
    );
  }
  return { trace, revision: revision.right, profileName, profile: profiles[profileName] };
}

/** Parses a trace's text. Throws `InputError` with every problem found. */
export function readTrace(text: string, path: string): Trace {
  const parsed = parseTrace(text, path);
  if (Either.isLeft(parsed)) throw new InputError(parsed.left.message);
  return parsed.right;
}

/** `line:column` of the value of a top-level key. */
function placeOf(text: string, key: string): string {
  const lines = text.split("\n");
  for (let i = 0; i < lines.length; i++) {
    const m = new RegExp(`^["']?${key}["']?\\s*:\\s*`).exec(lines[i]);
    if (m !== null) return `${i + 1}:${m[0].length + 1}`;
  }
  return "1:1";
}
