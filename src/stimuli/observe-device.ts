// What shows of the device: groups on slots with their page tables and priorities, the words of
// command streams, how long jobs took.

import { op } from "../device/cs/opcode.ts";
import type { StreamEvent } from "../timeline/event-stream.ts";
import { SlotOrder } from "./slot-order.ts";
import { type CodeFacts, type Facts, type FenceId, fenceId, type GroupFacts } from "./facts.ts";

const ringName = /^panthor-queue-\d+-(\d+)-(\d+)$/;
const wordBytes = 8;
/** Addresses of the firmware have 32 bits: those of a later use of one are told by more. */
const firmwareSpace = 2 ** 32;
const syncOps: ReadonlySet<number> = new Set([
  op.SYNC_ADD32,
  op.SYNC_SET32,
  op.SYNC_WAIT32,
  op.SYNC_ADD64,
  op.SYNC_SET64,
  op.SYNC_WAIT64,
]);

/** Opcodes from here on are work of a known length and faults. */
const fakeOps = 0xe0;

interface LastInstruction {
  readonly code: CodeFacts;
  readonly pc: number;
  /** What it loads or stores. */
  readonly address: number | null;
  /** Since when it is busy. */
  busyNs: number | null;
}

const newCode = (table: number): CodeFacts => ({ table, words: new Map(), busy: new Map() });

export class DeviceObserver {
  /** Page table of each address space. */
  private readonly table = new Map<number, number>();
  private readonly slotSpace = new Map<number, number>();
  private readonly slotGroup = new Map<number, GroupFacts>();
  /** What suspend buffers that were used again stand for. */
  private readonly present = new Map<number, number>();
  private readonly order = new SlotOrder();
  /** What each stream executed last of a job. */
  private readonly last = new Map<string, LastInstruction>();
  private readonly running = new Map<FenceId, { readonly ring: string; readonly ns: number }>();
  private readonly ringFree = new Map<string, number>();
  /** Last address that each stream loaded into a register pair. */
  private readonly registers = new Map<string, number>();

  constructor(private readonly facts: Facts) {}

  event(e: StreamEvent): void {
    this.order.turn(e.time);
    switch (e.name) {
      case "mmio_write":
        this.translation(e);
        break;
      case "rpm_status":
        if (this.facts.awake === null && e.str("status") === "RPM_RESUMING") {
          this.facts.awake = false;
        }
        break;
      case "iface_cfg":
        this.configured(e);
        break;
      case "cs_instr":
        this.instruction(e);
        break;
      case "dev_state":
        if (e.str("state").startsWith("cs_lock_")) this.facts.lockEvents = true;
        break;
      case "cs_state":
        this.state(e);
        this.order.stream(e.num("csg"), e.num("cs"), e.str("state"));
        break;
      case "fw_ack":
        if (e.num("csg") >= 0 && e.str("field") === "CSG_ACK" && (e.num("ack") & 1) === 0) {
          this.order.leaves(e.num("csg"));
        }
        break;
      case "drm_sched_job_queue":
        this.ring(e.str("ring"));
        break;
      case "drm_sched_job_run":
        this.ring(e.str("ring"), e.time);
        this.running.set(fenceId(e.num("context"), e.num("seqno")), {
          ring: e.str("ring"),
          ns: e.time,
        });
        break;
      case "drm_sched_job_done":
        this.done(fenceId(e.num("context"), e.num("seqno")), e.time);
        break;
    }
  }

  private ring(name: string, ranNs = Infinity): void {
    let ring = this.facts.rings.get(name);
    if (ring === undefined) {
      const m = ringName.exec(name);
      if (m === null) return;
      ring = { group: Number(m[1]), queue: Number(m[2]), firstRunNs: ranNs };
      this.facts.rings.set(name, ring);
    }
    ring.firstRunNs = Math.min(ring.firstRunNs, ranNs);
  }

  private done(fence: FenceId, now: number): void {
    const run = this.running.get(fence);
    if (run === undefined) return;
    this.running.delete(fence);
    const began = Math.max(run.ns, this.ringFree.get(run.ring) ?? 0);
    this.ringFree.set(run.ring, now);
    this.facts.jobTimes.set(fence, Math.max(0, now - began));
  }

  private translation(e: StreamEvent): void {
    // A register access without a power-up before it: the device was running.
    this.facts.awake ??= true;
    const m = /^AS(\d+)_TRANSTAB_(LO|HI)$/.exec(e.str("reg"));
    if (m === null || m[1] === "0") return;
    const as = Number(m[1]);
    const low = this.table.get(as) ?? 0;
    const value = m[2] === "LO" ? e.num("val") : (low % 2 ** 32) + e.num("val") * 2 ** 32;
    this.table.set(as, value);
    if (m[2] === "HI" && value !== 0) this.facts.tables.add(value);
  }

  /** The group that a suspend buffer belongs to: after another one's end, to the next group. */
  private groupOf(buffer: number, table: number): GroupFacts {
    const { groups } = this.facts;
    let id = this.present.get(buffer) ?? buffer;
    const before = groups.get(id);
    const other = before !== undefined && ![0, table].includes(before.table) && table !== 0;
    if (other) this.present.set(buffer, (id += firmwareSpace));
    let group = other ? undefined : before;
    if (group === undefined) {
      group = { suspendBuffer: id, table, queues: new Map(), below: new Set() };
      groups.set(id, group);
    }
    group.table = table;
    return group;
  }

  private tableOf(csg: number): number {
    return this.table.get(this.slotSpace.get(csg) ?? -1) ?? 0;
  }

  private configured(e: StreamEvent): void {
    const csg = e.num("csg");
    if (csg < 0) return;
    const value = e.num("val");
    const field = e.str("field");
    if (field === "config(AS)") {
      // A group comes to the slot: what follows is about it, not about the one before.
      this.slotSpace.set(csg, value);
      this.slotGroup.delete(csg);
      return;
    }
    if (field === "suspend_buf") {
      const group = this.groupOf(value, this.tableOf(csg));
      this.slotGroup.set(csg, group);
      return;
    }
    const group = this.slotGroup.get(csg);
    if (group === undefined) return;
    if (field === "endpoint_req") {
      this.order.placed(csg, group, value >>> 28, e.time);
      return;
    }
    const cs = e.num("cs");
    if (cs < 0) return;
    let queue = group.queues.get(cs);
    if (queue === undefined) group.queues.set(cs, (queue = { ringBytes: 4096, priority: 1 }));
    if (field === "ringbuf_size") queue.ringBytes = value;
    else if (field === "config") queue.priority = value & 0xf;
  }

  /** A stream that is busy although no instruction says for how long: a job of the usual length. */
  private state(e: StreamEvent): void {
    const last = this.last.get(`${e.num("csg")}.${e.num("cs")}`);
    if (last === undefined) return;
    if (e.str("state") === "BUSY") last.busyNs = e.time;
    else if (e.str("state") === "RUN" && last.busyNs !== null) {
      last.code.busy.set(last.pc, e.time - last.busyNs);
    }
  }

  private instruction(e: StreamEvent): void {
    const table = this.tableOf(e.num("csg"));
    const hi = e.num("word_hi");
    const lo = e.num("word_lo");
    const stream = `${e.num("csg")}.${e.num("cs")}`;
    const opcode = hi >>> 24;
    const dst = (hi >>> 16) & 0xff;
    if (opcode === op.MOVE48) this.registers.set(`${stream}.${dst}`, (hi & 0xffff) * 2 ** 32 + lo);
    const before = this.last.get(stream);
    this.last.delete(stream);
    if (e.num("in_call") === 0) return;
    // The load or store before has not faulted.
    if (before !== undefined && before.address !== null) this.used(table, before.address);
    let code = this.facts.code.get(table);
    if (code === undefined) this.facts.code.set(table, (code = newCode(table)));
    const word = (BigInt(hi) << 32n) | BigInt(lo);
    const pc = e.num("pc");
    const address = this.registers.get(`${stream}.${(hi >>> 8) & 0xff}`) ?? null;
    const accesses = opcode === op.LOAD_MULTIPLE || opcode === op.STORE_MULTIPLE;
    if (opcode < fakeOps) {
      this.last.set(stream, { code, pc, address: accesses ? address : null, busyNs: null });
    }
    const known = code.words.get(pc);
    if (known === undefined) code.words.set(pc, word);
    else if (known !== word) this.facts.rewritten++;
    if (syncOps.has(opcode)) this.used(table, address);
  }

  /** What streams of a user access has to be mapped. */
  private used(table: number, address: number | null): void {
    if (address === null || address % wordBytes !== 0) return;
    let data = this.facts.data.get(table);
    if (data === undefined) this.facts.data.set(table, (data = new Set()));
    data.add(address);
  }
}
