// Does jobs whose next one depends on answers: on this thread, and on worker threads besides once
// there was enough to do. A thread has to load and to compile before it replays, which costs as much
// as replaying many entries; so what has been replayed decides, and no clock. What comes out does not
// depend on who did it.

import { Worker } from "node:worker_threads";
import { project } from "./project.ts";

/** Timeline entries that a thread costs until it is as fast as this one (`npm run bench -- bisect`). */
export const threadEntries = 250_000;

export interface HandsOptions<J extends object, R> {
  /** At most, this thread included. */
  readonly hands: number;
  /** All of them from the beginning. */
  readonly atOnce: boolean;
  /** Does a job on this thread. */
  readonly perform: (job: J) => R;
  /** Timeline entries that a job took. */
  readonly workOf: (result: R) => number;
  /** Path of the worker's entry; beside the bundled command line where left out. */
  readonly worker?: URL;
}

interface Waiting<J, R> {
  readonly job: J;
  readonly resolve: (result: R) => void;
  readonly reject: (error: Error) => void;
}

interface Thread<J, R> {
  readonly worker: Worker;
  /** Given to it and not answered, the one that it does first. */
  readonly given: Waiting<J, R>[];
}

/** Jobs that a thread has been given: the next one is there when it is done with one. */
const givenMax = 2;

export class Hands<J extends object, R> {
  private readonly queue: Waiting<J, R>[] = [];
  private readonly threads: Thread<J, R>[] = [];
  /** Timeline entries of all jobs that are done. */
  private entries = 0;
  private due = false;
  private closed = false;
  private failed: Error | null = null;

  constructor(private readonly options: HandsOptions<J, R>) {}

  /** How many jobs are done at the same time from now on. */
  get count(): number {
    const { hands, atOnce } = this.options;
    return atOnce || this.entries >= threadEntries ? hands : 1;
  }

  /** Does a job when its turn comes. */
  run(job: J): Promise<R> {
    return new Promise<R>((resolve, reject) => {
      this.queue.push({ job, resolve, reject });
      this.wake();
    });
  }

  /** Ends all threads; what they had in hand is never answered. */
  async close(): Promise<void> {
    this.closed = true;
    for (const { worker } of this.threads) worker.removeAllListeners("exit");
    await Promise.all(this.threads.map(({ worker }) => worker.terminate()));
  }

  /** What is asked for in one go is known before it is given out. */
  private wake(): void {
    if (this.due || this.closed) return;
    this.due = true;
    setImmediate(() => {
      this.due = false;
      if (!this.closed) this.turn();
    });
  }

  private turn(): void {
    if (this.failed !== null) {
      for (const { reject } of this.queue.splice(0)) reject(this.failed);
      return;
    }
    // One is left for this thread, which gives none while it is at it: so others get one to spare.
    while (this.threads.length < Math.min(this.count, this.queue.length) - 1) this.start();
    for (let given = 0; given < givenMax; given++) {
      for (const thread of this.threads) {
        if (this.queue.length > 1 && thread.given.length <= given) this.give(thread);
      }
    }
    const waiting = this.queue.shift();
    if (waiting === undefined) return;
    try {
      this.answer(waiting, this.options.perform(waiting.job));
    } catch (error) {
      waiting.reject(error as Error);
    }
    this.wake();
  }

  private give({ worker, given }: Thread<J, R>): void {
    const waiting = this.queue.shift()!;
    given.push(waiting);
    worker.postMessage({ index: 0, job: waiting.job });
  }

  private answer(waiting: Waiting<J, R>, result: R): void {
    this.entries += this.options.workOf(result);
    waiting.resolve(result);
  }

  private start(): void {
    const entry = this.options.worker ?? new URL("./worker.js", import.meta.url);
    const worker = new Worker(entry, { workerData: { config: project().config } });
    const given: Waiting<J, R>[] = [];
    this.threads.push({ worker, given });
    worker.on("message", ({ result }: { result: R }) => {
      this.answer(given.shift()!, result);
      this.wake();
    });
    worker.on("error", (error) => this.fail(error as Error));
    worker.on("exit", (code) => this.fail(new Error(`a worker ended early, with code ${code}`)));
  }

  private fail(error: Error): void {
    this.failed ??= error;
    for (const { given } of this.threads) {
      for (const { reject } of given.splice(0)) reject(this.failed);
    }
    this.wake();
  }
}
