// Lint rules. The import-direction rule is the architecture: a folder may import from the folders
// listed for it and from itself, nothing else under src/.
import tseslint from "typescript-eslint";

const layers = {
  timeline: [],
  machine: ["timeline"],
  device: ["machine", "timeline"],
  driver: ["device", "machine", "timeline"],
  revision: ["driver", "machine", "timeline"],
  // The package's public face for modules that add revisions.
  overlay: ["revision", "driver", "machine"],
  trace: [],
  recording: ["timeline"],
  golden: ["timeline"],
  diff: ["golden", "timeline"],
  check: ["device", "timeline"],
  replay: ["check", "revision", "driver", "device", "machine", "timeline", "trace", "golden"],
  conformance: ["replay", "revision", "device", "trace", "recording", "diff", "timeline"],
  stimuli: ["recording", "trace", "device", "timeline"],
  bisect: ["replay", "revision", "device", "check", "golden", "diff", "trace", "timeline"],
  reduce: [
    "bisect",
    "replay",
    "revision",
    "device",
    "check",
    "golden",
    "diff",
    "trace",
    "timeline",
  ],
  export: ["recording", "golden", "timeline"],
  findings: [
    "corpus",
    "conformance",
    "replay",
    "revision",
    "device",
    "golden",
    "diff",
    "trace",
    "timeline",
  ],
  corpus: ["conformance", "replay", "revision", "device", "golden", "diff", "trace", "timeline"],
  report: [
    "findings",
    "bisect",
    "reduce",
    "conformance",
    "diff",
    "golden",
    "timeline",
    "machine",
    "trace",
  ],
  cli: [
    "overlay",
    "report",
    "findings",
    "bisect",
    "reduce",
    "export",
    "stimuli",
    "corpus",
    "conformance",
    "replay",
    "check",
    "revision",
    "device",
    "recording",
    "diff",
    "golden",
    "trace",
    "timeline",
  ],
};

const simulated = ["machine", "device", "driver", "revision"];

const direction = Object.entries(layers).map(([folder, allowed]) => ({
  files: [`src/${folder}/**/*.ts`],
  rules: {
    "no-restricted-imports": [
      "error",
      {
        patterns: Object.keys(layers)
          .filter((other) => other !== folder && !allowed.includes(other))
          .map((other) => ({
            regex: `^(\\.\\./)+${other}/`,
            message: `src/${folder} must not import from src/${other} (see docs/architecture.md).`,
          })),
      },
    ],
  },
}));

export default tseslint.config(
  { ignores: ["dist/", "node_modules/", "coverage/"] },
  ...tseslint.configs.recommended,
  {
    rules: {
      "@typescript-eslint/no-unused-vars": ["error", { argsIgnorePattern: "^_" }],
      // A generator that happens not to yield is still kernel code: callers use yield*.
      "require-yield": "off",
      "@typescript-eslint/no-non-null-assertion": "off",
      "max-len": [
        "error",
        {
          code: 110,
          ignoreUrls: true,
          ignoreStrings: true,
          ignoreTemplateLiterals: true,
          ignoreRegExpLiterals: true,
        },
      ],
    },
  },
  ...direction,
  {
    files: simulated.map((folder) => `src/${folder}/**/*.ts`),
    rules: {
      "no-restricted-globals": [
        "error",
        { name: "Date", message: "Simulated time comes from the machine." },
        { name: "performance", message: "Simulated time comes from the machine." },
        { name: "setTimeout", message: "Simulated time comes from the machine." },
        { name: "setInterval", message: "Simulated time comes from the machine." },
        { name: "process", message: "Nothing of the environment inside a replay." },
      ],
      "no-restricted-properties": [
        "error",
        { object: "Math", property: "random", message: "Randomness needs a seed." },
      ],
    },
  },
);
