// The config file: where a repository has its traces, goldens and manifest, and which modules add
// revisions of the driver. Paths are relative to the file.

import { dirname, join } from "node:path";
import { traceBytesMax } from "../trace/limits.ts";
import { quote } from "../trace/problem.ts";
import { readText } from "./read-text.ts";
import { readYaml, type YamlReader } from "./yaml-reader.ts";

/** A module that adds revisions. */
export interface OverlayEntry {
  readonly path: string;
  /** `file:line:column` of the entry. */
  readonly place: string;
}

export interface Config {
  readonly path: string;
  /** Folder of the goldens. */
  readonly goldens: string;
  readonly manifest: string;
  /** Folder where a trace named without its path is looked up. */
  readonly traces: string | null;
  /** Origin of KCIDB objects. */
  readonly origin: string | null;
  readonly overlays: readonly OverlayEntry[];
}

const version = 1;
const keys = ["version", "manifest", "goldens", "traces", "overlays", "origin"] as const;
/** What KCIDB takes as the name of a CI system. */
const originPattern = /^[a-z0-9_]+$/;

/** Reads a config file. Throws `InputError` with every problem found. */
export function readConfig(path: string): Config {
  return parseConfig(readText(path, traceBytesMax), path);
}

/** Reads a config file's text; `path` is for messages and for what paths are relative to. */
export function parseConfig(text: string, path: string): Config {
  const none = { path, goldens: "", manifest: "", traces: null, origin: null, overlays: [] };
  return readYaml<Config>(text, path, none, (yaml) => configOf(yaml, path) ?? none);
}

function configOf(yaml: YamlReader, path: string): Config | null {
  const values = yaml.top(keys, version);
  if (values === null) return null;
  const at = (text: string): string => join(dirname(path), text);
  const one = (key: (typeof keys)[number]) => yaml.word(values.get(key))[0];
  const goldens = at(one("goldens")?.text ?? "golden");
  const manifest = one("manifest");
  const traces = one("traces");
  const origin = one("origin");
  if (origin !== undefined && !originPattern.test(origin.text)) {
    yaml.problems.add("BadValue", origin.offset, `origin ${quote(origin.text)}`, {
      expected: "small letters, digits and _",
    });
  }
  const overlays = yaml.words(values.get("overlays")).map(({ text, offset }) => {
    const { line, col } = yaml.source.positionOf(offset);
    return { path: at(text), place: `${path}:${line}:${col}` };
  });
  return {
    path,
    goldens,
    manifest: manifest === undefined ? join(goldens, "manifest.yaml") : at(manifest.text),
    traces: traces === undefined ? null : at(traces.text),
    origin: origin?.text ?? null,
    overlays,
  };
}
