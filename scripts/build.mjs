// Bundles the command line into dist/: one entry, commands split off and loaded when used.
// Bundled and minified because loading Effect's modules one by one costs more than a replay.
// What a replay needs is bundled a second time as one script with V8's code cache beside it
// (src/cli/precompiled.ts): compiling it costs as much as a short replay.
// usage: node scripts/build.mjs [folder instead of dist]
import { build } from "esbuild";
import { createHash } from "node:crypto";
import { chmodSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { Script } from "node:vm";
import { eagerPlugin } from "./eager/plugin.mjs";

const outdir = resolve(process.argv[2] ?? "dist");
rmSync(outdir, { recursive: true, force: true });
mkdirSync(outdir, { recursive: true });

const common = {
  bundle: true,
  platform: "node",
  target: "node20",
  minifySyntax: true,
  minifyWhitespace: true,
  legalComments: "none",
  logLevel: "warning",
  plugins: [eagerPlugin()],
};

const replay = await build({
  ...common,
  entryPoints: ["src/cli/replay-script.ts"],
  write: false,
  format: "cjs",
  define: { "import.meta.url": "__url" },
  // The script is a function of what its loader has: precompiled.ts.
  banner: { js: "(function(require,__url){var module={exports:{}};" },
  footer: { js: "return module.exports})" },
});
const source = Buffer.from(replay.outputFiles[0].contents);
const digest = createHash("sha256").update(source).digest("hex").slice(0, 8);
const name = `replay-${digest}`;
const file = `${outdir}/${name}.cjs`;
writeFileSync(file, source);

await build({
  ...common,
  entryPoints: {
    "panthor-replay": "src/cli/entry.ts",
    worker: "src/cli/worker.ts",
    // The package's export for overlay modules: it shares its chunks with the command line.
    overlay: "src/overlay/index.ts",
  },
  outdir,
  splitting: true,
  format: "esm",
  define: { PRECOMPILED: JSON.stringify(name) },
  banner: {
    // Some dependencies are CommonJS and call require() for Node's own modules.
    js: 'import{createRequire as __cr}from"node:module";const require=__cr(import.meta.url);',
  },
});
chmodSync(`${outdir}/panthor-replay.js`, 0o755);

// After a replay the cache holds the functions that a replay compiles.
const script = new Script(source.toString("latin1"), { filename: file });
const url = pathToFileURL(`${outdir}/panthor-replay.js`).href;
const { replayOne } = script.runInThisContext()(createRequire(url), url);
replayOne({
  path: "traces/single-job.yaml",
  revision: null,
  profile: null,
  seed: null,
  golden: "check",
  goldenRoot: "golden",
  timeline: "none",
  colour: false,
});
writeFileSync(`${file}.cache`, script.createCachedData());
