// Who does jobs: one thread until there was enough to do, then others with it; the same answers.

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { describe, expect, it } from "vitest";
import { Hands, threadEntries } from "../../src/cli/hands.ts";
import { temporaryFolder } from "./run-cli.ts";

interface Job {
  readonly n: number;
  readonly entries: number;
}
interface Done extends Job {
  readonly by: string;
}

/** A worker that answers, dies at a job of its own, or does neither. */
function workerFile(): URL {
  const file = join(temporaryFolder(), "worker.mjs");
  const text = `import { parentPort } from "node:worker_threads";
parentPort.on("message", ({ index, job }) => {
  if (job.n === 99) process.exit(3);
  parentPort.postMessage({ index, result: { ...job, by: "worker" } });
});`;
  writeFileSync(file, text);
  return pathToFileURL(file);
}

const perform = (job: Job): Done => {
  if (job.n === 13) throw new Error("thirteen");
  // Long enough that another thread gets to answer.
  const until = performance.now() + 5;
  while (performance.now() < until);
  return { ...job, by: "here" };
};

const handsOf = (hands: number, atOnce = false): Hands<Job, Done> =>
  new Hands<Job, Done>({
    hands,
    atOnce,
    perform,
    workOf: ({ entries }) => entries,
    worker: workerFile(),
  });

const jobs = (count: number, entries: number): Job[] =>
  Array.from({ length: count }, (_, n) => ({ n: 100 + n, entries }));

describe("hands", () => {
  it("are one while there is little to do", async () => {
    const hands = handsOf(4);
    const some = jobs(40, Math.floor(threadEntries / 41));
    const done = await Promise.all(some.map((job) => hands.run(job)));
    expect(done.map(({ n }) => n)).toEqual(some.map(({ n }) => n));
    expect(new Set(done.map(({ by }) => by))).toEqual(new Set(["here"]));
    expect(hands.count).toBe(1);
    await hands.close();
  });

  it("become more where there was enough, and each answers what it was asked", async () => {
    const hands = handsOf(3);
    expect(hands.count).toBe(1);
    await hands.run({ n: 1, entries: threadEntries });
    expect(hands.count).toBe(3);
    const some = jobs(200, 1);
    const done = await Promise.all(some.map((job) => hands.run(job)));
    expect(done.map(({ n }) => n)).toEqual(some.map(({ n }) => n));
    expect(new Set(done.map(({ by }) => by))).toEqual(new Set(["here", "worker"]));
    await hands.close();
  });

  it("are as many as they are told to be at once", async () => {
    const hands = handsOf(2, true);
    expect(hands.count).toBe(2);
    await hands.close();
    expect(handsOf(1, true).count).toBe(1);
  });

  it("hand on what goes wrong, here and on a thread", async () => {
    const hands = handsOf(2, true);
    await expect(hands.run({ n: 13, entries: 0 })).rejects.toThrow("thirteen");
    const all = [{ n: 99, entries: 0 }, ...jobs(3, 0)].map((job) => hands.run(job));
    const settled = await Promise.allSettled(all);
    expect(settled[0]).toMatchObject({ reason: { message: "a worker ended early, with code 3" } });
    await hands.close();
  });
});
