// What setups and builds leave, kept on disk by what they were made from: for the other worktrees of
// a bisection, and for the next one. An entry is made under another name and then renamed, so that
// whoever looks sees all of it or nothing.

import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from "node:fs";
import { statSync, utimesSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";

export type EntryKind = "setups" | "builds";

/** Entries that are kept, those used last: an installation is large, a build is small. */
const entriesMax: Readonly<Record<EntryKind, number>> = { setups: 8, builds: 200 };
/** Folder of entries that are being made or removed, `HOST-PID-…` each. */
const unfinished = "unfinished";

export class Store {
  constructor(readonly folder: string) {}

  /** Folder of an entry, null where there is none. */
  find(kind: EntryKind, key: string): string | null {
    const path = join(this.folder, kind, key);
    if (!existsSync(path)) return null;
    const now = new Date();
    try {
      // Its use counts when entries are removed.
      utimesSync(path, now, now);
    } catch {
      // A store that only others may write can be read all the same.
    }
    return path;
  }

  /**
   * Makes an entry of what `fill` puts into a folder; false where `fill` gives it up or the store
   * cannot be written. Of two that make the same one, the first counts.
   */
  async publish(
    kind: EntryKind,
    key: string,
    fill: (folder: string) => Promise<boolean>,
  ): Promise<boolean> {
    let made: string | null = null;
    try {
      mkdirSync(join(this.folder, kind), { recursive: true });
      this.tidy(kind);
      made = this.unfinished();
      if (!(await fill(made))) return false;
      const path = join(this.folder, kind, key);
      if (!existsSync(path)) renameSync(made, path);
      return true;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === undefined) throw error;
      return existsSync(join(this.folder, kind, key));
    } finally {
      if (made !== null) rmSync(made, { recursive: true, force: true });
    }
  }

  private unfinished(): string {
    mkdirSync(join(this.folder, unfinished), { recursive: true });
    return mkdtempSync(join(this.folder, unfinished, `${hostname()}-${process.pid}-`));
  }

  /** Removes what ended processes left unfinished, and the entries that were used longest ago. */
  private tidy(kind: EntryKind): void {
    const begun = join(this.folder, unfinished);
    for (const name of existsSync(begun) ? readdirSync(begun) : []) {
      const [, host, pid] = /^(.*)-(\d+)-\w+$/.exec(name) ?? [];
      if (host !== hostname() || isRunning(Number(pid))) continue;
      rmSync(join(begun, name), { recursive: true, force: true });
    }
    const entries = readdirSync(join(this.folder, kind)).flatMap((name) => {
      const path = join(this.folder, kind, name);
      const stat = statSync(path, { throwIfNoEntry: false });
      return stat === undefined ? [] : [{ path, used: stat.mtimeMs }];
    });
    entries.sort((a, b) => b.used - a.used);
    // One more is about to come.
    for (const { path } of entries.slice(entriesMax[kind] - 1)) {
      const gone = join(this.unfinished(), "entry");
      // Renamed first: half an entry is none.
      renameSync(path, gone);
      rmSync(join(gone, ".."), { recursive: true, force: true });
    }
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
