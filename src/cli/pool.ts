// Runs jobs on worker threads, results in the order of the jobs, progress on a terminal.

import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";

export interface PoolOptions<R> {
  /** Path of the worker's entry, beside the bundled command line. */
  readonly worker: URL;
  readonly workersMax?: number;
  /** Called as results arrive, in no particular order. */
  readonly onResult?: (result: R, index: number, done: number) => void;
}

/** Runs `jobs` and returns their results by position. A worker that dies fails the whole run. */
export async function runPool<J, R>(jobs: readonly J[], options: PoolOptions<R>): Promise<R[]> {
  const results = new Array<R>(jobs.length);
  let next = 0;
  let done = 0;
  const workersMax = options.workersMax ?? availableParallelism();
  const runWorker = (): Promise<void> =>
    new Promise((resolve, reject) => {
      const worker = new Worker(options.worker);
      const give = (): void => {
        if (next < jobs.length) worker.postMessage({ index: next, job: jobs[next++] });
        else void worker.terminate().then(() => resolve());
      };
      worker.on("message", ({ index, result }: { index: number; result: R }) => {
        results[index] = result;
        options.onResult?.(result, index, ++done);
        give();
      });
      worker.on("error", reject);
      give();
    });
  await Promise.all(Array.from({ length: Math.min(workersMax, jobs.length) }, runWorker));
  return results;
}
