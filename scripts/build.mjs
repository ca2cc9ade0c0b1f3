// Bundles the command line into dist/: one entry, commands split off and loaded when used.
// Bundled and minified because loading Effect's modules one by one costs more than a replay.
// usage: node scripts/build.mjs [folder instead of dist]
import { build } from "esbuild";
import { chmodSync, rmSync } from "node:fs";

const outdir = process.argv[2] ?? "dist";
rmSync(outdir, { recursive: true, force: true });
await build({
  entryPoints: { "panthor-replay": "src/cli/main.ts", worker: "src/cli/worker.ts" },
  outdir,
  bundle: true,
  splitting: true,
  platform: "node",
  format: "esm",
  target: "node20",
  minifySyntax: true,
  minifyWhitespace: true,
  legalComments: "none",
  logLevel: "warning",
  banner: {
    // Some dependencies are CommonJS and call require() for Node's own modules.
    js: 'import{createRequire as __cr}from"node:module";const require=__cr(import.meta.url);',
  },
});
chmodSync(`${outdir}/panthor-replay.js`, 0o755);
