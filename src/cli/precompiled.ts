// Loads the replay as one script with V8's code cache beside it: most of the time between start
// and first event would be compilation. The names carry a digest of the script, and V8 checks that
// the cache is of its own version; without a cache that fits, the script is compiled as usual.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { Script } from "node:vm";

export type ReplayScript = typeof import("./replay-script.ts");

/** File name of the script without its ending; put in by the build. */
declare const PRECOMPILED: string | undefined;

/** What replays traces, with the project of a config file open; `checked` as in openProject(). */
export async function replayScript(config: string | null, checked: boolean): Promise<ReplayScript> {
  let script = loadPrecompiled() ?? (await import("./replay-script.ts"));
  if (config === null) return script;
  if (script.hasOverlays(script.readConfig(config))) {
    // Modules share what they import with the bundle, not with the precompiled script.
    script = await import("./replay-script.ts");
  }
  await script.openProject(config, checked);
  return script;
}

/** The exports of the script; null where the build has made none. */
function loadPrecompiled(): ReplayScript | null {
  if (typeof PRECOMPILED === "undefined") return null;
  const file = fileURLToPath(new URL(`./${PRECOMPILED}.cjs`, import.meta.url));
  const source = read(file);
  if (source === null) return null;
  const cachedData = read(`${file}.cache`) ?? undefined;
  // Bundles are ASCII; as Latin-1 they stay one byte a character.
  const script = new Script(source.toString("latin1"), { filename: file, cachedData });
  const make = script.runInThisContext() as (require: NodeRequire, url: string) => ReplayScript;
  return make(createRequire(import.meta.url), import.meta.url);
}

function read(file: string): Buffer | null {
  try {
    return readFileSync(file);
  } catch {
    return null;
  }
}
