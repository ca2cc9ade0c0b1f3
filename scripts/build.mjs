// Bundles the command line into dist/: one entry, commands split off and loaded when used.
// Bundled and minified because loading Effect's modules one by one costs more than a replay.
// What a replay needs is bundled a second time as one script with V8's code cache beside it
// (src/cli/precompiled.ts): compiling it costs as much as a short replay. Where a process or a
// worker starts is CommonJS, everything else a module.
// usage: node scripts/build.mjs [folder instead of dist]
import { build } from "esbuild";
import { createHash } from "node:crypto";
import { chmodSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { parse, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { runInThisContext, Script } from "node:vm";
import { bundleOptions } from "./bundle-options.mjs";
import { declareConstants } from "./constants.mjs";

const outdir = resolve(process.argv[2] ?? "dist");
rmSync(outdir, { recursive: true, force: true });
mkdirSync(outdir, { recursive: true });

const common = { ...bundleOptions, minifyWhitespace: true, legalComments: "none" };

/** A script that is a function of what its loader has; its value are the exports of `entry`. */
async function bundleScript(entry) {
  const bundled = await build({
    ...common,
    entryPoints: [entry],
    write: false,
    format: "cjs",
    define: { "import.meta.url": "__url" },
    banner: { js: "(function(require,__url){var module={exports:{}};" },
    footer: { js: "return module.exports})" },
  });
  const { text } = bundled.outputFiles[0];
  // An import() of one of its modules puts all of them into functions: nothing is constant then.
  if (text.includes("__esm(")) throw new Error(`${entry}: an import() in what it imports`);
  return Buffer.from(declareConstants(text));
}

const source = await bundleScript("src/cli/replay-script.ts");
const digest = createHash("sha256").update(source).digest("hex").slice(0, 8);
const name = `replay-${digest}`;
const file = `${outdir}/${name}.cjs`;
writeFileSync(file, source);

/** Modules that are loaded by their name. */
const modules = ["main", "jobs", "project", "replay-script"];
await build({
  ...common,
  entryPoints: {
    ...Object.fromEntries(modules.map((module) => [module, `src/cli/${module}.ts`])),
    // The package's export for overlay modules: it shares its chunks with the command line.
    overlay: "src/overlay/index.ts",
  },
  outdir,
  outExtension: { ".js": ".mjs" },
  splitting: true,
  format: "esm",
  banner: {
    // Some dependencies are CommonJS and call require() for Node's own modules.
    js: 'import{createRequire as __cr}from"node:module";const require=__cr(import.meta.url);',
  },
});

/** Leaves what an entry loads later to the modules. */
const laterPlugin = {
  name: "later",
  setup(bundle) {
    bundle.onResolve({ filter: /^\.\/[\w-]+\.ts$/ }, ({ kind, path }) => {
      if (kind !== "dynamic-import") return undefined;
      const module = parse(path).name;
      if (!modules.includes(module)) throw new Error(`${path} is no module of its own`);
      return { path: `./${module}.mjs`, external: true };
    });
  },
};

await build({
  ...common,
  plugins: [laterPlugin],
  entryPoints: { "panthor-replay": "src/cli/entry.ts", worker: "src/cli/worker.ts" },
  outdir,
  format: "cjs",
  define: { PRECOMPILED: JSON.stringify(name), "import.meta.url": "__url" },
  banner: { js: 'const __url=require("node:url").pathToFileURL(__filename).href;' },
});
writeFileSync(`${outdir}/package.json`, '{ "type": "commonjs" }\n');
chmodSync(`${outdir}/panthor-replay.js`, 0o755);

// After a replay the cache holds the functions that a replay compiles. V8 takes it only where its
// settings are those of now.
const url = pathToFileURL(`${outdir}/panthor-replay.js`).href;
const require = createRequire(url);
const engine = await bundleScript("src/cli/engine.ts");
runInThisContext(engine.toString("latin1"))(require, url).tuneEngine();
const script = new Script(source.toString("latin1"), { filename: file });
const { replayOne } = script.runInThisContext()(require, url);
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
