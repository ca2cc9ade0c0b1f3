// Runs jobs on worker threads, results in the order of the jobs.

import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";
import { project } from "./project.ts";

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
  const workers: Worker[] = [];
  let next = 0;
  let done = 0;
  const workersMax = options.workersMax ?? availableParallelism();
  const runWorker = (): Promise<void> =>
    new Promise((resolve, reject) => {
      const worker = new Worker(options.worker, { workerData: { config: project().config } });
      workers.push(worker);
      const give = (): void => {
        if (next < jobs.length) worker.postMessage({ index: next, job: jobs[next++] });
        else resolve();
      };
      worker.on("message", ({ index, result }: { index: number; result: R }) => {
        results[index] = result;
        options.onResult?.(result, index, ++done);
        give();
      });
      worker.on("error", reject);
      worker.on("exit", (code) => reject(new Error(`a worker ended early, with code ${code}`)));
      give();
    });
  try {
    await Promise.all(Array.from({ length: Math.min(workersMax, jobs.length) }, runWorker));
  } finally {
    await Promise.all(workers.map((worker) => worker.terminate()));
  }
  return results;
}
