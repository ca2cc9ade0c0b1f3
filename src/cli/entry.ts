#!/usr/bin/env node
// Where the command line starts: a plain `replay` runs at once, everything else goes through the
// command line library in main.ts.

import { reportFailure } from "./failure.ts";
import { plainReplay } from "./plain-replay.ts";
import { loadPrecompiled } from "./precompiled.ts";
import { ignoreClosedPipes } from "./streams.ts";

const plain = plainReplay(process.argv.slice(2));
if (plain === null) await import("./main.ts");
else {
  ignoreClosedPipes();
  try {
    const { runMany } = loadPrecompiled() ?? (await import("./run-many.ts"));
    const { traces, json, accept, noGolden, ...options } = plain;
    const golden = accept ? "accept" : noGolden ? "skip" : "check";
    process.exitCode = await runMany(traces, { ...options, golden }, json);
  } catch (error) {
    reportFailure(error);
  }
}
