// A small gated project in a temporary folder: one trace, its manifest and its committed goldens.

import { chmodSync, cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { root, temporaryFolder } from "./run-cli.ts";

export const zeroCostGolden = "golden/linux-7.3/zero-cost/single-job.golden";
export const rk3588Golden = "golden/linux-7.3/rk3588/single-job.golden";

export interface GateProject {
  readonly dir: string;
  /** Text of a file of the project. */
  read(name: string): string;
  write(name: string, text: string): void;
  /** Changes a file's text; the change must be one. */
  edit(name: string, edit: (text: string) => string): void;
  /** Files below a folder of the project. */
  files(folder: string): string[];
}

/** Makes a project whose gate passes. */
export function gateProject(profiles: readonly string[] = ["zero-cost"]): GateProject {
  const dir = temporaryFolder();
  // Tests run as another user too.
  chmodSync(dir, 0o755);
  const project: GateProject = {
    dir,
    read: (name) => readFileSync(join(dir, name), "utf8"),
    write: (name, text) => {
      mkdirSync(dirname(join(dir, name)), { recursive: true });
      writeFileSync(join(dir, name), text);
    },
    edit: (name, edit) => {
      const before = project.read(name);
      const after = edit(before);
      if (after === before) throw new Error(`${name} is not changed`);
      project.write(name, after);
    },
    files: (folder) =>
      readdirSync(join(dir, folder), { recursive: true, withFileTypes: true })
        .filter((e) => e.isFile())
        .map((e) => e.name)
        .sort(),
  };
  project.write(
    "golden/manifest.yaml",
    "version: 1\nrows:\n  - traces: ../traces/*.yaml\n    revisions: linux-7.3\n" +
      `    profiles: [${profiles.join(", ")}]\n`,
  );
  for (const name of ["traces/single-job.yaml", ...profiles.map(goldenOf)]) {
    mkdirSync(dirname(join(dir, name)), { recursive: true });
    cpSync(join(root, name), join(dir, name));
  }
  return project;
}

const goldenOf = (profile: string): string => `golden/linux-7.3/${profile}/single-job.golden`;
