#!/usr/bin/env node
// Where the command line starts: a plain `replay` runs at once, everything else goes through the
// command line library in main.ts. The config file of the project, if there is one, is read first.
// Bundled as CommonJS, which Node starts faster than a module.

import { relative } from "node:path";
import { tuneEngine } from "./engine.ts";
import { reportFailure } from "./failure.ts";
import { findConfig, takeConfig } from "./find-config.ts";
import { plainReplay, type PlainReplay } from "./plain-replay.ts";
import { replayScript } from "./precompiled.ts";
import { isRecording } from "./recognise.ts";
import { ignoreClosedPipes } from "./streams.ts";

/** The config file as messages name it: from the working directory. */
function configFile(given: string | null): string | null {
  const folder = process.cwd();
  const found = given ?? findConfig(folder);
  return found === null || given !== null ? given : relative(folder, found);
}

async function replay(plain: PlainReplay, config: string | null): Promise<number> {
  const { runMany, project } = await replayScript(config, true);
  const { traces, json, accept, noGolden, ...options } = plain;
  const golden = accept ? "accept" : noGolden ? "skip" : "check";
  const goldenRoot = options.goldenRoot ?? project().goldens;
  return runMany(traces, { ...options, golden, goldenRoot }, json);
}

/** Ends the process as soon as all is written: what it would still do is collect garbage. */
function leave(): void {
  if (process.stdout.writableLength + process.stderr.writableLength === 0) process.exit();
}

async function main(): Promise<void> {
  tuneEngine();
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
    leave();
  }
}

main().catch(reportFailure);
