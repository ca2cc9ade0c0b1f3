// What a replay needs, as one script that the build compiles ahead (scripts/build.mjs).

export { runMany } from "./run-many.ts";
export { replayOne } from "./replay-one.ts";
