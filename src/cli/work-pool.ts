// Worker threads that take one job after the other, for work whose next job depends on answers.

import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";
import { project } from "./project.ts";

interface Waiting {
  readonly job: object;
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: Error) => void;
}

export class WorkPool {
  private readonly idle: Worker[] = [];
  private readonly running = new Map<Worker, Waiting>();
  private readonly queue: Waiting[] = [];
  private failed: Error | null = null;

  constructor(
    /** Path of the worker's entry, beside the bundled command line. */
    private readonly entry: URL,
    readonly size: number = availableParallelism(),
  ) {}

  /** Performs a job on the next free thread. */
  run<R>(job: object): Promise<R> {
    return new Promise<R>((resolve, reject) => {
      this.queue.push({ job, resolve: resolve as (result: unknown) => void, reject });
      this.next();
    });
  }

  /** Ends all threads; what they had in hand is never answered. */
  async close(): Promise<void> {
    const workers = [...this.idle, ...this.running.keys()];
    for (const worker of workers) worker.removeAllListeners("exit");
    await Promise.all(workers.map((worker) => worker.terminate()));
  }

  private next(): void {
    if (this.failed !== null) {
      for (const { reject } of this.queue.splice(0)) reject(this.failed);
      return;
    }
    while (this.queue.length > 0) {
      const worker = this.idle.pop() ?? this.start();
      if (worker === null) return;
      const waiting = this.queue.shift()!;
      this.running.set(worker, waiting);
      worker.postMessage({ index: 0, job: waiting.job });
    }
  }

  private start(): Worker | null {
    if (this.running.size >= this.size) return null;
    const worker = new Worker(this.entry, { workerData: { config: project().config } });
    worker.on("message", ({ result }: { result: unknown }) => {
      const waiting = this.running.get(worker)!;
      this.running.delete(worker);
      this.idle.push(worker);
      waiting.resolve(result);
      this.next();
    });
    worker.on("error", (error) => this.fail(error as Error));
    worker.on("exit", (code) => this.fail(new Error(`a worker ended early, with code ${code}`)));
    return worker;
  }

  private fail(error: Error): void {
    this.failed ??= error;
    for (const { reject } of this.running.values()) reject(this.failed);
    this.running.clear();
    this.next();
  }
}
