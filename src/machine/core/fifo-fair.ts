// The simplest fair queue: round robin in order of wake-up, no wake-up preemption.

import type { Task } from "./context.ts";
import type { FairRunQueue } from "./sched-class.ts";

export class FifoFairQueue implements FairRunQueue {
  private readonly queue: Task[] = [];
  private curr: Task | null = null;

  enqueue(task: Task): void {
    this.queue.push(task);
  }
  dequeue(task: Task): void {
    if (this.curr === task) {
      this.curr = null;
      return;
    }
    const i = this.queue.indexOf(task);
    if (i >= 0) this.queue.splice(i, 1);
  }
  pickNext(): Task | null {
    return this.queue[0] ?? this.curr;
  }
  setNext(task: Task): void {
    const i = this.queue.indexOf(task);
    if (i >= 0) this.queue.splice(i, 1);
    this.curr = task;
  }
  putPrev(task: Task): void {
    this.curr = null;
    this.queue.push(task);
  }
  checkPreempt(): boolean {
    return false;
  }
  tick(): boolean {
    return this.queue.length > 0;
  }
  get nrRunning(): number {
    return this.queue.length + (this.curr === null ? 0 : 1);
  }
}
