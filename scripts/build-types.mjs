// Writes the type declarations of the package's exports to dist/types: what an editor and tsc need
// to check an overlay module. Part of `npm pack`, not of every build: it takes some seconds.
// usage: node scripts/build-types.mjs [folder instead of dist/types]

import { rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import ts from "typescript";

const outDir = resolve(process.argv[2] ?? "dist/types");
rmSync(outDir, { recursive: true, force: true });

const { config } = ts.readConfigFile("tsconfig.json", ts.sys.readFile);
const { options } = ts.parseJsonConfigFileContent(config, ts.sys, ".");
const program = ts.createProgram(["src/overlay/index.ts"], {
  ...options,
  noEmit: false,
  declaration: true,
  emitDeclarationOnly: true,
  incremental: false,
  tsBuildInfoFile: undefined,
  rootDir: "src",
  outDir,
});
const { diagnostics } = program.emit();
// What they declare is a module, where the folder above says otherwise.
writeFileSync(join(outDir, "package.json"), '{ "type": "module" }\n');
const host = {
  getCanonicalFileName: (name) => name,
  getCurrentDirectory: ts.sys.getCurrentDirectory,
  getNewLine: () => "\n",
};
for (const d of diagnostics) console.error(ts.formatDiagnostic(d, host).trim());
process.exitCode = diagnostics.length > 0 ? 1 : 0;
