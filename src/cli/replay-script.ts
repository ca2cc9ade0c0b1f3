// What a replay needs, as one script that the build compiles ahead (scripts/build.mjs).

export { readConfig } from "./config.ts";
export { hasOverlays, openProject, project } from "./project.ts";
export { runMany } from "./run-many.ts";
export { replayOne } from "./replay-one.ts";
