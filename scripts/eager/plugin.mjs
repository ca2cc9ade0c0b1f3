// The rewriting of kernel code (transform.mjs) as a step of the bundler.

import { readFileSync } from "node:fs";
import { dirname, relative, resolve } from "node:path";
import { eager } from "./transform.mjs";

const root = resolve(import.meta.dirname, "../..");
const core = resolve(root, "src/machine/core");
const kernelCode = /[\\/]src[\\/](machine|device|driver|revision|replay)[\\/].*\.ts$/;

/** Rewrites the files that hold kernel code. `report` is told what stayed a generator. */
export function eagerPlugin(report = () => {}) {
  return {
    name: "eager",
    setup(build) {
      build.onLoad({ filter: kernelCode }, ({ path }) => {
        if (dirname(path) === core && /op\.ts$|cursor\.ts$/.test(path)) return undefined;
        const text = readFileSync(path, "utf8");
        if (!/^\s*(\w+ )*(function)?\s*\*/m.test(text)) return undefined;
        const from = relative(dirname(path), core).replaceAll("\\", "/");
        const made = eager(text, path, from.startsWith(".") ? from : `./${from}`);
        report(relative(root, path), made);
        return { contents: made.text, loader: "ts" };
      });
    },
  };
}
