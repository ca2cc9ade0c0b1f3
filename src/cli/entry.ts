#!/usr/bin/env node
// Where the command line starts: a plain `replay` runs at once, everything else goes through the
// command line library in main.ts. The config file of the project, if there is one, is read first.

import { relative } from "node:path";
import { reportFailure } from "./failure.ts";
import { findConfig, takeConfig } from "./find-config.ts";
import { plainReplay, type PlainReplay } from "./plain-replay.ts";
import { loadPrecompiled } from "./precompiled.ts";
import { isRecording } from "./recognise.ts";
import { ignoreClosedPipes } from "./streams.ts";

/** The config file as messages name it: from the working directory. */
function configFile(given: string | null): string | null {
  const folder = process.cwd();
  const found = given ?? findConfig(folder);
  return found === null || given !== null ? given : relative(folder, found);
}

async function replay(plain: PlainReplay, config: string | null): Promise<number> {
  let script = loadPrecompiled() ?? (await import("./replay-script.ts"));
  if (config !== null && script.hasOverlays(script.readConfig(config))) {
    // Modules share what they import with the bundle, not with the precompiled script.
    script = await import("./replay-script.ts");
  }
  const { runMany, openProject, project } = script;
  if (config !== null) await openProject(config);
  const { traces, json, accept, noGolden, ...options } = plain;
  const golden = accept ? "accept" : noGolden ? "skip" : "check";
  const goldenRoot = options.goldenRoot ?? project().goldens;
  return runMany(traces, { ...options, golden, goldenRoot }, json);
}

try {
  const { args, config: given } = takeConfig(process.argv.slice(2));
  const config = configFile(given);
  const plain = plainReplay(args);
  if (plain === null || plain.traces.some(isRecording)) {
    process.argv.splice(2, Infinity, ...args);
    if (config !== null) await (await import("./project.ts")).openProject(config);
    await import("./main.ts");
  } else {
    ignoreClosedPipes();
    process.exitCode = await replay(plain, config);
  }
} catch (error) {
  reportFailure(error);
}
