// Settings of the engine for a program that is most often over before compiling pays: the same
// before the build makes the code cache (scripts/build.mjs) as where it is used, because V8 refuses
// a cache that was made with other settings.

import { setFlagsFromString } from "node:v8";

/** Sets them; called before anything else, and before there are workers. */
export function tuneEngine(): void {
  // Young objects get room at once, instead of twice as much after each time that they outgrow it.
  setFlagsFromString("--semi-space-growth-factor=16");
  // V8 11 optimises what has run for a few milliseconds, on another thread; what a replay of a few
  // jobs runs is over by then. Later engines count calls, and have another compiler in between.
  if (process.versions.v8.startsWith("11.")) setFlagsFromString("--interrupt-budget=400000");
}
