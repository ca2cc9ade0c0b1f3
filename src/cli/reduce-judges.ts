// Who judges the candidates of a reduction: this process, worker threads, or a command.

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Commands } from "../bisect/git/command.ts";
import type { HoldsJudge } from "../reduce/engine.ts";
import { evidenceIn } from "../reduce/judge.ts";
import { type HoldsJob, soughtOf, type SoughtByName } from "./reduce-job.ts";
import { WorkPool } from "./work-pool.ts";

export interface Judges {
  readonly judge: HoldsJudge;
  readonly close: () => Promise<void>;
}

/** By replaying, on as many threads as there are hands. */
export function replayJudges(sought: SoughtByName, hands: number): Judges {
  if (hands === 1) {
    const here = soughtOf(sought);
    return { judge: (trace) => evidenceIn(trace, here) !== null, close: async () => undefined };
  }
  const pool = new WorkPool(new URL("./worker.js", import.meta.url), hands);
  return {
    judge: (_, text) => pool.run<boolean>({ bisect: "holds", text, ...sought } satisfies HoldsJob),
    close: () => pool.close(),
  };
}

/**
 * By a shell command that gets the path of the candidate and ends with `exit` where it holds. Of one
 * that does not end in time it does not hold.
 */
export function commandJudges(command: string, exit: number, timeoutMs: number): Judges {
  const commands = new Commands();
  const folder = mkdtempSync(join(tmpdir(), "panthor-replay-reduce-"));
  let count = 0;
  return {
    judge: async (trace, text) => {
      // A folder of its own: a command may leave things beside the trace.
      const own = join(folder, String(count++));
      mkdirSync(own);
      const path = join(own, `${trace.name}.yaml`);
      writeFileSync(path, text);
      const quoted = `'${path.replaceAll("'", "'\\''")}'`;
      const args = ["-c", command.replaceAll("{}", quoted)];
      const env = { PANTHOR_REPLAY_TRACE: path };
      const options = { env, timeoutMs };
      const { code, timedOut } = await commands.run("sh", args, process.cwd(), options);
      rmSync(own, { recursive: true, force: true });
      return code === exit && !timedOut;
    },
    close: async () => {
      commands.end();
      rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
    },
  };
}
