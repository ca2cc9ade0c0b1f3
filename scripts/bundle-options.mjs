// How sources are bundled: for the command line and for its benchmarks alike.

import { eagerPlugin } from "./eager/plugin.mjs";

export const bundleOptions = {
  bundle: true,
  platform: "node",
  target: "node20",
  minifySyntax: true,
  logLevel: "warning",
  plugins: [eagerPlugin()],
  // Fields are assigned in the constructor. Declared, as the language has them, they are a function
  // of their own for each class, which each new object calls.
  tsconfigRaw: { compilerOptions: { useDefineForClassFields: false } },
};
