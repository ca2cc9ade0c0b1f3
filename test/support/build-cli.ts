// Builds the command line once for a test run, into a folder of its own: tests run what a user
// runs, and runs beside each other do not take each other's build away.

import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { TestProject } from "vitest/node";

declare module "vitest" {
  export interface ProvidedContext {
    /** Path of the built command line. */
    cli: string;
  }
}

export default function setup(project: TestProject): () => void {
  const cache = "node_modules/.cache/panthor-replay";
  mkdirSync(cache, { recursive: true });
  const dir = mkdtempSync(join(project.config.root, cache, "test-"));
  // Tests run it as another user too.
  chmodSync(dir, 0o755);
  execFileSync(process.execPath, ["scripts/build.mjs", dir], { cwd: project.config.root });
  project.provide("cli", join(dir, "panthor-replay.js"));
  return () => rmSync(dir, { recursive: true, force: true });
}
