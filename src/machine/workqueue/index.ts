// Workqueues.

export { DelayedWork, Work } from "./work.ts";
export { Workqueue, type WorkqueueOptions } from "./workqueue.ts";
export { type InitialWorker, Workqueues, type WorkqueuesOptions } from "./workqueues.ts";
