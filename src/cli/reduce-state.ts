// The state of a reduction on disk: what has been judged. A reduction that was ended goes the same
// way again, without replaying what it has judged, and comes to the same result.

import { existsSync, rmSync } from "node:fs";
import { digestOf } from "../reduce/engine.ts";
import { writeFileAtomic } from "../golden/store.ts";
import { InputError } from "./input-error.ts";
import { readText, reasonOf } from "./read-text.ts";

const version = 1;
const bytesMax = 64 * 1024 * 1024;
/** How long judgements may be lost for, ms. */
const everyMs = 300;

export class ReduceState {
  readonly memo: Map<string, boolean>;
  /** Judgements that an earlier run has left. */
  readonly resumed: number;
  private written = 0;
  private savedAt = 0;

  private constructor(
    private readonly path: string | null,
    private readonly key: string,
    memo: Map<string, boolean>,
  ) {
    this.memo = memo;
    this.resumed = memo.size;
    this.written = memo.size;
  }

  /** Opens the state of a reduction that `about` describes. Throws `InputError`. */
  static open(path: string | null, about: unknown): ReduceState {
    const key = digestOf(JSON.stringify([version, about]));
    if (path === null || !existsSync(path)) return new ReduceState(path, key, new Map());
    const [head, ...lines] = readText(path, bytesMax).trimEnd().split("\n");
    const given = /^panthor-replay reduce (\d+) ([0-9a-f]{16})$/.exec(head);
    if (given === null) throw new InputError(`${path}:1:1: is no state of a reduction`);
    if (given[1] !== String(version) || given[2] !== key) {
      throw new InputError(
        `${path}:1:1: is the state of another reduction; remove it or give another --state`,
      );
    }
    const memo = new Map<string, boolean>();
    lines.forEach((line, i) => {
      const m = /^([0-9a-f]{16}) ([01])$/.exec(line);
      if (m === null) throw new InputError(`${path}:${i + 2}:1: is no judgement; remove the file`);
      memo.set(m[1], m[2] === "1");
    });
    return new ReduceState(path, key, memo);
  }

  /** Writes what is new, now and then; at once with `now`. Throws `InputError`. */
  save(now = false): void {
    if (this.memo.size === this.written) return;
    const time = performance.now();
    if (!now && time - this.savedAt < everyMs) return;
    this.savedAt = time;
    this.write();
  }

  /** Writes the file: before hours of work, it has to be possible. Throws `InputError`. */
  write(): void {
    if (this.path === null) return;
    const lines = [...this.memo].map(([digest, holds]) => `${digest} ${holds ? 1 : 0}`);
    const head = `panthor-replay reduce ${version} ${this.key}`;
    try {
      writeFileAtomic(this.path, `${[head, ...lines].join("\n")}\n`);
    } catch (error) {
      throw new InputError(`${this.path}:1:1: cannot be written: ${reasonOf(error)}`);
    }
    this.written = this.memo.size;
  }

  /** The reduction is done. */
  remove(): void {
    if (this.path !== null) rmSync(this.path, { force: true });
  }
}
