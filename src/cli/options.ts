// Options that commands share.

import * as Args from "@effect/cli/Args";
import * as Options from "@effect/cli/Options";
import { timelines } from "./option-values.ts";
import { project } from "./project.ts";

export { seedOf, timelineOf } from "./option-values.ts";

export const traces = Args.text({ name: "TRACE" }).pipe(
  Args.withDescription("Trace files or folders of them"),
  Args.atLeast(1),
);

export const revision = Options.text("revision").pipe(
  Options.withDescription("Driver revision instead of the trace's, e.g. linux-7.3"),
  Options.optional,
);

export const profile = Options.text("profile").pipe(
  Options.withDescription("Cost profile instead of the trace's: zero-cost, rk3588, …"),
  Options.optional,
);

// Read as text: the command line library's own message does not name the option.
export const seed = Options.text("seed").pipe(
  Options.withPseudoName("integer"),
  Options.withDescription("Seed instead of the trace's"),
  Options.optional,
);

export const json = Options.boolean("json").pipe(
  Options.withDescription("Print JSON instead of text"),
);

export const goldenRoot = Options.text("golden-root").pipe(
  Options.withDescription("Folder of the golden files"),
  Options.withDefault(project().goldens),
);

export const manifest = Options.text("manifest").pipe(
  Options.withDescription("The manifest instead of manifest.yaml in the folder of the goldens"),
  Options.optional,
);

export const timeline = Options.text("timeline").pipe(
  Options.withPseudoName(timelines.join("|")),
  Options.withDescription("Print this timeline after the summary"),
  Options.withDefault("none"),
);
