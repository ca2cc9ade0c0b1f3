// Somebody else's repository, as docs/gate.md tells them to make it: a config file, a trace, goldens
// and an overlay module, with this package installed.

import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { inject } from "vitest";
import { root, temporaryFolder } from "./run-cli.ts";

/** A code block of docs/gate.md, by the mark above it: what is documented is what is tested. */
export function documented(mark: string): string {
  const text = readFileSync(join(root, "docs/gate.md"), "utf8");
  const m = new RegExp(`<!-- tested: ${mark} -->\\n\\n\`\`\`\\w+\\n([^]*?)\`\`\`\\n`).exec(text);
  if (m === null) throw new Error(`docs/gate.md has no block marked ${mark}`);
  return m[1];
}

export const config = documented("config");
export const overlayModule = documented("overlay");

/** Makes the repository; returns its folder. */
export function foreignProject(): string {
  const dir = temporaryFolder();
  const put = (name: string, text: string): void => {
    mkdirSync(dirname(join(dir, name)), { recursive: true });
    writeFileSync(join(dir, name), text);
  };
  put("panthor-replay.config.yaml", config);
  put("gate.yaml", documented("manifest"));
  put("overlays/early-signal.mjs", overlayModule);
  const trace = readFileSync(join(root, "traces/single-job.yaml"), "utf8");
  put("scenarios/my-job.yaml", trace.replace("name: single-job", "name: my-job"));
  put("sub/deeper/notes.txt", "");
  // What npm install makes of the package.
  put("node_modules/panthor-replay/package.json", readFileSync(join(root, "package.json"), "utf8"));
  symlinkSync(dirname(inject("cli")), join(dir, "node_modules/panthor-replay/dist"));
  return dir;
}
