// Bundles the benchmarks and runs them. The command line is built first: one of them starts it.
// usage: node scripts/bench.mjs [--json] [startup|stream|machine|jobs|diff|recording …]

import { execFileSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { eagerPlugin } from "./eager/plugin.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const outfile = `${root}node_modules/.cache/panthor-replay/bench/main.mjs`;
mkdirSync(`${root}node_modules/.cache/panthor-replay/bench`, { recursive: true });
execFileSync(process.execPath, ["scripts/build.mjs"], { cwd: root, stdio: ["ignore", 2, 2] });
await build({
  entryPoints: [`${root}bench/main.ts`],
  outfile,
  bundle: true,
  platform: "node",
  format: "esm",
  target: "node20",
  logLevel: "warning",
  plugins: [eagerPlugin()],
  banner: {
    js: 'import{createRequire as __cr}from"node:module";const require=__cr(import.meta.url);',
  },
});
const args = [outfile, ...process.argv.slice(2)];
execFileSync(process.execPath, args, { cwd: root, stdio: "inherit" });
