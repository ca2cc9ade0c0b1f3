// Who judges the candidates of a reduction: this process, worker threads, or a command.

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Commands } from "../bisect/git/command.ts";
import type { HoldsJudge } from "../reduce/engine.ts";
import type { Jobs } from "./bisect-options.ts";
import { Hands } from "./hands.ts";
import {
  type Holds,
  type HoldsJob,
  runHoldsJob,
  soughtOf,
  type SoughtByName,
} from "./reduce-job.ts";

export interface Judges {
  readonly judge: HoldsJudge;
  /** Candidates judged at the same time, now. */
  readonly hands: () => number;
  readonly close: () => Promise<void>;
}

/** By replaying, on as many threads as pay off. */
export function replayJudges(sought: SoughtByName, jobs: Jobs): Judges {
  const here = soughtOf(sought);
  const hands = new Hands<HoldsJob, Holds>({
    ...jobs,
    perform: (job) => runHoldsJob(job, here),
    workOf: ({ entries }) => entries,
  });
  return {
    judge: async (_, text) => (await hands.run({ bisect: "holds", text, ...sought })).holds,
    hands: () => hands.count,
    close: () => hands.close(),
  };
}

/**
 * By a shell command that gets the path of the candidate and ends with `exit` where it holds. Of one
 * that does not end in time it does not hold.
 */
export function commandJudges(
  command: string,
  exit: number,
  timeoutMs: number,
  hands: number,
): Judges {
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
    hands: () => hands,
    close: async () => {
      await commands.end();
      rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
    },
  };
}
