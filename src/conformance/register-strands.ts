// Register accesses by the code that makes them. One activation (an interrupt, one run of a work
// item, one turn of an interrupt thread, one operation on an address space or a region of it) makes
// its accesses in program order; a poll counts once, with the value that ended it. Each different
// activation counts once; which of two that begin differently came first is not compared. Doorbells
// are left out: one rings for several requests.

import type { StreamEvent } from "../timeline/event-stream.ts";
import { addressRegister, hex, isMark } from "./project.ts";
import type { KernelAddresses } from "./undecided.ts";

interface Access {
  readonly key: string;
  readonly reg: string;
  readonly write: boolean;
  readonly e: StreamEvent;
}

type Add = (strand: string, key: string, e: StreamEvent) => void;

/** Registers that count time or flushes, and addresses of the kernel that made the recording. */
const counter = /^(CYCLE_COUNT|TIMESTAMP|LATEST_FLUSH)/;
/** Which interrupts are found raised together is a race; those of the MMU name address spaces. */
const interruptBits = /^((GPU|MMU|JOB)_INT_(RAWSTAT|STAT|CLEAR)|MMU_INT_MASK)$/;
/** What panthor_gpu_l2_power_on() of 7.3 waits for is true at once: it is read in passing. */
const readInPassing = /^L2_READY_/;
/** Address spaces of user VMs: which of them a VM gets is a race. AS0 is the firmware's. */
const userSpace = /^AS[1-9]\d*_/;

/** The region that an operation on an address space is about. */
const region = /^AS\d+_LOCKADDR_(LO|HI)$/;

const operation = /^(AS\d+_LOCKADDR_LO|MMU_INT_MASK)$/;
/** Where one activation of a task ends and the next begins. */
const limits = new Set(["workqueue_execute_start", "ioctl_begin", "ioctl_end"]);
const doorbell = /^DOORBELL_/;

interface Activation {
  readonly context: string;
  readonly accesses: Access[];
}

export class RegisterStrands {
  /** The running activation of each CPU's interrupts and of each task. */
  private readonly running = new Map<string, Activation>();
  /** Activations that have been seen. */
  private readonly seen = new Set<string>();

  constructor(
    private readonly addresses: KernelAddresses,
    private readonly add: Add,
  ) {}

  event(e: StreamEvent, context: string): void {
    this.addresses.event(e);
    const who = e.hardirq ? `cpu ${e.cpu}` : `task ${e.pid}`;
    if (e.name === "mmio_read" || e.name === "mmio_write") this.access(e, who, context);
    else if (limits.has(e.name) || isMark(e)) this.end(who);
    else if (e.name === "irq_handler_entry") this.end(`cpu ${e.cpu}`);
  }

  /** The end cuts some activations short: the beginning of one that was seen is no other one. */
  finish(): void {
    const cut: string[] = [];
    for (const [who, { context, accesses }] of this.running) {
      const all = `${textOf(context, accesses)};`;
      if ([...this.seen].some((whole) => whole.startsWith(all))) cut.push(who);
    }
    for (const who of cut) this.running.delete(who);
    for (const who of this.running.keys()) this.end(who);
  }

  private access(e: StreamEvent, who: string, context: string): void {
    const reg = e.str("reg");
    if (doorbell.test(reg)) return;
    const write = e.name === "mmio_write";
    // An operation on a region of an address space, or on one; a turn of an interrupt thread.
    if (write ? operation.test(reg) : reg.endsWith("_INT_RAWSTAT")) this.end(who);
    let activation = this.running.get(who);
    if (activation?.context !== context) {
      this.end(who);
      activation = { context, accesses: [] };
      this.running.set(who, activation);
    }
    const { accesses } = activation;
    if (!write) dropPolled(accesses, reg);
    const unknown =
      [addressRegister, counter, interruptBits, readInPassing].some((r) => r.test(reg)) ||
      (region.test(reg) && this.addresses.undecided(e, context));
    const value = unknown ? "any" : hex(e.num("val"));
    const name = reg.replace(userSpace, "ASn_");
    accesses.push({ key: `${write ? "W" : "R"} ${name} ${value}`, reg, write, e });
  }

  private end(who: string): void {
    const activation = this.running.get(who);
    if (activation === undefined) return;
    this.running.delete(who);
    const { context, accesses } = activation;
    const all = textOf(context, accesses);
    if (this.seen.has(all)) return;
    this.seen.add(all);
    const strand = `${context}: ${accesses[0].key}`;
    for (const { key, e } of accesses) this.add(strand, key, e);
  }
}

function textOf(context: string, accesses: readonly Access[]): string {
  return `${context}: ${accesses.map(({ key }) => key).join(";")}`;
}

/** Takes out the turn of a poll that a read of `reg` repeats; 64 bits are two words in turn. */
function dropPolled(accesses: Access[], reg: string): void {
  const last = accesses.at(-1);
  if (last === undefined || last.write) return;
  if (last.reg === reg) accesses.pop();
  const low = accesses.at(-2);
  if (low === undefined || low.write || low.reg !== reg || !reg.endsWith("_LO")) return;
  if (last.reg === `${reg.slice(0, -2)}HI`) accesses.length -= 2;
}
