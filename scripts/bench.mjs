// Bundles the benchmarks and runs them. The command line is built first, beside them: some start it.
// usage: node scripts/bench.mjs [--json] [startup|stream|machine|jobs|diff|recording …]

import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { bundleOptions } from "./bundle-options.mjs";
import { declareConstants } from "./constants.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const cache = `${root}node_modules/.cache/panthor-replay`;
mkdirSync(cache, { recursive: true });
// Of its own for every run: checkouts may share their installation.
const folder = mkdtempSync(join(cache, "bench-"));
const outfile = join(folder, "main.mjs");
const removeFolder = () => rmSync(folder, { recursive: true, force: true });
process.on("exit", removeFolder);
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => process.exit(130));
const dist = join(folder, "dist");
execFileSync(process.execPath, ["scripts/build.mjs", dist], { cwd: root, stdio: ["ignore", 2, 2] });
const bundled = await build({
  ...bundleOptions,
  entryPoints: [`${root}bench/main.ts`],
  write: false,
  format: "esm",
  define: { COMMAND_LINE: JSON.stringify(join(dist, "panthor-replay.js")) },
  banner: {
    js: 'import{createRequire as __cr}from"node:module";const require=__cr(import.meta.url);',
  },
});
writeFileSync(outfile, declareConstants(bundled.outputFiles[0].text));
const args = [outfile, ...process.argv.slice(2)];
const { status } = spawnSync(process.execPath, args, { cwd: root, stdio: "inherit" });
process.exitCode = status ?? 1;
