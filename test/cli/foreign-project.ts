// Somebody else's repository, as docs/gate.md tells them to make it: a config file, a trace, goldens
// and an overlay module, with this package installed.

import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { inject } from "vitest";
import { root, temporaryFolder } from "./run-cli.ts";

export const config = `version: 1
goldens: expected
manifest: gate.yaml
traces: scenarios
overlays:
  - overlays/early-signal.mjs
`;

export const manifest = `version: 1
rows:
  - traces: scenarios/*.yaml
    revisions: [linux-7.3, early-signal]
`;

/** The example of docs/gate.md. */
export const overlayModule = `import { patch, series } from "panthor-replay/overlay";

const signalFromEventWork = patch({
  id: "early-signal/01",
  title: "Signal job fences from the firmware event work",
  observable: "fences are signalled by process_fw_events_work",
  operations: (final) => ({
    sched: {
      *csgSlotSyncUpdateLocked(ptdev, csgId) {
        const { sched } = final();
        const { scheduler } = ptdev;
        const { group } = scheduler.csgSlots[csgId];
        if (group !== null) yield* sched.groupCheckJobCompletion(group);
        yield* sched.schedQueueWork(scheduler, scheduler.syncUpdWork);
      },
    },
  }),
});

const rename = patch({ id: "early-signal/02", title: "A refactor", operations: () => ({}) });

export default {
  series: [
    series({ id: "early-signal", title: "Signal early", patches: [signalFromEventWork, rename] }),
  ],
};
`;

/** Makes the repository; returns its folder. */
export function foreignProject(): string {
  const dir = temporaryFolder();
  const put = (name: string, text: string): void => {
    mkdirSync(dirname(join(dir, name)), { recursive: true });
    writeFileSync(join(dir, name), text);
  };
  put("panthor-replay.config.yaml", config);
  put("gate.yaml", manifest);
  put("overlays/early-signal.mjs", overlayModule);
  const trace = readFileSync(join(root, "traces/single-job.yaml"), "utf8");
  put("scenarios/my-job.yaml", trace.replace("name: single-job", "name: my-job"));
  put("sub/deeper/notes.txt", "");
  // What npm install makes of the package.
  put("node_modules/panthor-replay/package.json", readFileSync(join(root, "package.json"), "utf8"));
  symlinkSync(dirname(inject("cli")), join(dir, "node_modules/panthor-replay/dist"));
  return dir;
}
