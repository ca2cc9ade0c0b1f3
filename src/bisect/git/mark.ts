// A file that all that is written from now on is newer than. File systems stamp with the tick of a
// timer, which comes late on a busy machine: what is written right after the mark may bear its time.

import { rmSync, statSync, writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

/** Writes a file and tells the time that it bears, ns. */
export type Touch = (path: string) => bigint;

/** Longer than the ticks of the coarsest file systems, which are 2 s apart. */
const triesMax = 3000;

const touchFile: Touch = (path) => {
  writeFileSync(path, "x");
  return statSync(path, { bigint: true }).mtimeNs;
};

/** Writes `path`, and waits until what is written is newer. */
export async function mark(path: string, touch: Touch = touchFile): Promise<void> {
  const at = touch(path);
  const probe = `${path}-probe`;
  for (let tries = 0; tries < triesMax && touch(probe) <= at; tries++) await sleep(1);
  rmSync(probe, { force: true });
}
