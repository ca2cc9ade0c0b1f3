// Drives the device with what the driver did in a recording, and compares what the device does.
// Taken from the recording: the driver's register accesses, the moments of the clock's interrupts,
// and the contents of memory that the driver and user space wrote (request words, configuration,
// ring buffers), as the device's own log shows them when it reads them.

import { Machine } from "../../../src/machine/core/machine.ts";
import { PhysicalMemory } from "../../../src/machine/memory/physical-memory.ts";
import { csgInput, csInput, glbInput, va } from "../../../src/device/firmware/layout.ts";
import { Gpu } from "../../../src/device/gpu.ts";
import type { IrqLine } from "../../../src/device/hooks.ts";
import { type Profile, withLatencies, zeroCost } from "../../../src/device/profile/index.ts";
import { kindNames } from "../../../src/timeline/kinds.ts";
import { drain, format } from "./format.ts";
import { PageTables } from "./page-tables.ts";
import { applyParam } from "./params.ts";
import { number, type TraceLine } from "./trace.ts";

export interface Difference {
  readonly line: number;
  readonly time: number;
  readonly expected: string;
  readonly actual: string;
}

interface Timer {
  readonly expiry: number;
  readonly seq: number;
  readonly fn: () => void;
}

const compared = new Set([
  "mmio_read",
  "irq_raise",
  "irq_lower",
  "irq_deliver",
  "host_req",
  "fw_seen",
  "fw_ack",
  "fw_event",
  "iface_cfg",
  "dev_state",
  "cs_instr",
  "cs_state",
  "sync_write",
  "as_fault",
]);

const ringInputs = 0x04c00000;

export class Replay {
  readonly m = new Machine({ cpus: 1, hz: 250 });
  readonly memory = new PhysicalMemory();
  readonly tables = new PageTables(this.memory);
  readonly gpu: Gpu;
  private timers: Timer[] = [];
  private seq = 0;
  private readonly deliveries = new Map<IrqLine, boolean>();
  private readonly out: string[] = [];
  private readonly faulting: ReadonlySet<number>;
  private printed = 0;
  private group: readonly TraceLine[] = [];
  private profile: Profile;

  constructor(
    private lines: readonly TraceLine[],
    profile: Profile,
    private readonly phase: number,
    /** What happened before the recording began: probe and autosuspend, at base latencies. */
    preamble: readonly TraceLine[] = [],
  ) {
    const faults = lines.filter((l) => l.event === "as_fault");
    this.faulting = new Set(faults.map((l) => number(l, "va")));
    // Latencies that a scenario changes while it runs are read through this object.
    this.profile = { ...profile, latencies: { ...zeroCost.latencies } };
    this.gpu = new Gpu(this.m, this.memory, this.profile, {
      setIrqLevel: (line, high) => this.irqLevel(line, high),
      timer: (fn) => {
        let timer: Timer | null = null;
        const cancel = (): void => {
          this.timers = this.timers.filter((t) => t !== timer);
        };
        return { start: (delay) => (timer = this.addTimer(delay, fn)), cancel };
      },
      clock: () => this.ktime(),
    });
    if (preamble.length > 0) {
      this.lines = preamble;
      this.run(Infinity);
      this.lines = lines;
    }
    Object.assign(this.profile.latencies, profile.latencies);
  }

  /** Replays everything; the first `max` differences. */
  run(max = 10): Difference[] {
    const { lines } = this;
    const differences: Difference[] = [];
    let i = 0;
    while (i < lines.length && differences.length < max) {
      const line = lines[i];
      let end = i + 1;
      while (end < lines.length && (isDevice(lines[end]) || this.inHandler(end))) end++;
      const group = lines.slice(i, end);
      this.group = group;
      this.m.at.now = line.time;
      this.prepare(group, i);
      this.perform(line, i);
      this.compare(group, i, differences, max);
      i = end;
    }
    return differences;
  }

  private ktime(): number {
    const { now } = this.m;
    const grain = this.profile.clock.grainNs;
    return now - ((((now - this.phase) % grain) + grain) % grain);
  }

  private addTimer(delay: number, fn: () => void): Timer {
    const timer = { expiry: this.ktime() + delay, seq: this.seq++, fn };
    this.timers.push(timer);
    return timer;
  }

  /** A clock interrupt: everything that has expired by the clock's grain runs. */
  private tick(): void {
    for (;;) {
      const now = this.ktime();
      let first: Timer | undefined;
      for (const t of this.timers) {
        if (t.expiry > now) continue;
        if (
          first === undefined ||
          t.expiry < first.expiry ||
          (t.expiry === first.expiry && t.seq < first.seq)
        ) {
          first = t;
        }
      }
      if (first === undefined) return;
      const due = first;
      this.timers = this.timers.filter((t) => t !== due);
      due.fn();
    }
  }

  private irqLevel(line: IrqLine, high: boolean): void {
    if (!high || this.deliveries.get(line) === true) return;
    this.deliveries.set(line, true);
    this.addTimer(this.profile.latencies.irqDelay, () => {
      this.deliveries.set(line, false);
      if (this.gpu.irqs[line].high) this.hardHandler(line);
    });
  }

  /** The CPU takes an interrupt: the driver's hard handler runs within it. */
  private hardHandler(line: IrqLine): void {
    this.gpu.irqDelivered(line);
    const base = { gpu: 0x20, mmu: 0x2000, job: 0x1000 }[line];
    const { at } = this.m;
    const { mmioRead, mmioWrite } = this.profile.costs;
    at.now += mmioRead;
    this.gpu.mmio.read32(base + 0xc);
    this.gpu.mmio.write32(base + 8, 0);
    at.now += mmioWrite;
    // Costs that a scenario changed show in the time of the next line.
    const own = this.group.filter((l) => l.event === "irq_deliver").length;
    const behind = this.group.at(-1);
    if (own === 1 && behind !== undefined && behind.time > at.now) at.now = behind.time;
  }

  /** Line `i` is an access of a hard handler: STAT behind irq_deliver, MASK behind that. */
  private inHandler(i: number): boolean {
    const before = this.lines[i - 1];
    const { event, fields } = this.lines[i];
    const reg = fields.get("reg") ?? "";
    if (before.event === "irq_deliver") return event === "mmio_read" && reg.endsWith("_INT_STAT");
    return (
      event === "mmio_write" &&
      reg.endsWith("_INT_MASK") &&
      before.event === "mmio_read" &&
      (before.fields.get("reg") ?? "").endsWith("_INT_STAT")
    );
  }

  /** A boot from reloaded sections: the driver has written zeroes over the interface. */
  private reload(at: number): void {
    for (let i = at; i < this.lines.length; i++) {
      const line = this.lines[i];
      if (line.event !== "fw_seen" || line.fields.get("field") !== "GLB_REQ") continue;
      if (number(line, "ack") !== 0) return;
      this.tables.clearShared();
      this.tables.mcuWrite(va.glbInput + glbInput.req, number(line, "req"));
      return;
    }
  }

  private perform(line: TraceLine, at: number): void {
    if (line.event === "mmio_read") this.gpu.mmio.read32(number(line, "off"));
    else if (line.event === "mmio_write") {
      const off = number(line, "off");
      const reg = line.fields.get("reg")!;
      let value = number(line, "val");
      const as = /^AS(\d+)_TRANSTAB_LO$/.exec(reg);
      if (as !== null) {
        value = this.tables.transtab(Number(as[1]), value);
      }
      if (reg === "MCU_CONTROL" && value !== 0) this.reload(at);
      this.gpu.mmio.write32(off, value);
    } else if (line.event === "irq_handler_entry") this.tick();
    else if (line.event === "tracing_mark_write") {
      const latencies = applyParam(this.gpu, line.text);
      if (latencies !== null) {
        Object.assign(this.profile.latencies, withLatencies(this.profile, latencies).latencies);
      }
    }
  }

  /** Puts into memory what the lines of the group show the device reading there. */
  private prepare(group: readonly TraceLine[], at: number): void {
    const set = (address: number, value: number): void => this.tables.mcuWrite(address, value);
    const requests = new Set<string>();
    for (const line of group) {
      const csg = number(line, "csg");
      const cs = number(line, "cs");
      const field = line.fields.get("field") ?? "";
      switch (line.event) {
        case "host_req":
        case "fw_seen":
        case "fw_ack":
        case "fw_event": {
          const key = `${line.event === "fw_event" ? "event" : field}${csg}.${cs}`;
          if (requests.has(key)) break;
          requests.add(key);
          const req = number(line, "req");
          if (field === "CSG_IRQ_ACK") set(va.csgInput(csg) + csgInput.csIrqAck, req);
          else if (field === "CSG_DOORBELL_REQ") set(va.csgInput(csg) + csgInput.doorbellReq, req);
          else if (field === "GLB_DOORBELL_REQ") set(va.glbInput + glbInput.doorbellReq, req);
          else if (csg < 0) set(va.glbInput + glbInput.req, req);
          else if (cs < 0) set(va.csgInput(csg) + csgInput.req, req);
          else set(va.csInput(csg, cs) + csInput.req, req);
          break;
        }
        case "iface_cfg":
          this.prepareConfig(line, csg, cs, field);
          break;
        case "cs_state":
          this.tables.mcuWrite64(ringInput(csg, cs), number(line, "insert"));
          break;
        case "cs_instr":
          this.prepareInstruction(line, csg);
          break;
        case "as_fault":
          this.tables.unmap(number(line, "as"), number(line, "va"));
          this.gpu.mmu.spaces[number(line, "as")].tlb.invalidateAll();
          break;
        case "sync_write":
          this.tables.map(number(line, "as"), number(line, "va"));
          break;
        default:
          break;
      }
    }
    if (group[0].event === "mmio_write" && group[0].fields.get("reg") === "DOORBELL_0") {
      this.prepareInterrupts();
    }
    this.prepareStart(group);
    this.prepareAhead(group, at);
  }

  /** The next instruction of each stream of the group: the device looks at it to know if it waits. */
  private prepareAhead(group: readonly TraceLine[], at: number): void {
    const streams = new Set<string>();
    for (const line of group) {
      if (line.event !== "cs_state" && line.event !== "cs_instr") continue;
      streams.add(`${line.fields.get("csg")}.${line.fields.get("cs")}`);
    }
    for (let i = at + group.length; streams.size > 0 && i < this.lines.length; i++) {
      const line = this.lines[i];
      if (line.event !== "cs_instr") continue;
      if (!streams.delete(`${line.fields.get("csg")}.${line.fields.get("cs")}`)) continue;
      this.prepareInstruction(line, number(line, "csg"));
    }
  }

  private prepareInterrupts(): void {
    const all = 0xffffffff;
    const glb = 0x0400050e;
    this.tables.mcuWrite(va.glbInput + glbInput.ackIrqMask, glb);
    for (let csg = 0; csg < this.profile.shape.csgSlots; csg++) {
      this.tables.mcuWrite(va.csgInput(csg) + csgInput.ackIrqMask, all);
    }
  }

  private prepareConfig(line: TraceLine, csg: number, cs: number, field: string): void {
    const { tables } = this;
    const value = number(line, "val");
    const at = va.csInput(Math.max(csg, 0), Math.max(cs, 0));
    const group = va.csgInput(Math.max(csg, 0));
    if (field === "core_en_mask") tables.mcuWrite64(va.glbInput + glbInput.coreEnMask, value);
    else if (field === "poweroff_timer")
      tables.mcuWrite(va.glbInput + glbInput.poweroffTimer, value);
    else if (field === "progress_timer")
      tables.mcuWrite(va.glbInput + glbInput.progressTimer, value);
    else if (field === "idle_timer") tables.mcuWrite(va.glbInput + glbInput.idleTimer, value);
    else if (field === "config(AS)") tables.mcuWrite(group + csgInput.config, value);
    else if (field === "endpoint_req") tables.mcuWrite(group + csgInput.endpointReq, value);
    else if (field === "suspend_buf") {
      tables.mcuWrite64(group + csgInput.suspendBuf, value);
      for (let i = 0; i < 16; i++) tables.map(0, value + i * 4096);
    } else if (field === "ringbuf_base") tables.mcuWrite64(at + csInput.ringbufBase, value);
    else if (field === "ringbuf_size") tables.mcuWrite(at + csInput.ringbufSize, value);
    else if (field === "config" && cs >= 0) tables.mcuWrite(at + csInput.config, value);
    else if (field === "heap_start") tables.mcuWrite64(at + csInput.heapStart, value);
  }

  /** Extract offsets and ring interfaces of the streams that this group of lines starts. */
  private prepareStart(group: readonly TraceLine[]): void {
    const started = new Set<string>();
    for (const line of group) {
      if (line.event !== "cs_state" && line.fields.get("field") !== "ringbuf_base") continue;
      const csg = number(line, "csg");
      const cs = number(line, "cs");
      const key = `${csg}.${cs}`;
      if (line.event === "iface_cfg") {
        started.add(key);
        const at = va.csInput(csg, cs);
        this.tables.mcuWrite64(at + csInput.ringbufInput, ringInput(csg, cs));
        this.tables.mcuWrite64(at + csInput.ringbufOutput, ringInput(csg, cs) + 0x800);
      } else if (started.delete(key)) {
        this.tables.mcuWrite64(ringInput(csg, cs) + 8, number(line, "extract"));
      }
    }
  }

  private prepareInstruction(line: TraceLine, csg: number): void {
    const word = BigInt(line.fields.get("word")!);
    const slot = this.gpu.firmware.slots[csg];
    const as = slot.active ? slot.as : 1;
    const pa = this.tables.map(as, number(line, "pc"));
    const opcode = Number(word >> 56n);
    const data = Number(word & 0xffffffffn);
    const immediate = Number(word & 0xffffffffffffn);
    // An address that is about to be used: mapped, unless the recording faults there.
    if (opcode === 1 && immediate >= 0x1000 && !this.faulting.has(immediate)) {
      this.tables.map(as, immediate);
    }
    this.memory.write64(pa, opcode >= 0xe0 ? 0n : word);
    if (opcode >= 0xe0) this.gpu.annotate(pa, fakes[opcode - 0xe0](data));
    else this.gpu.annotate(pa, null);
  }

  private compare(
    group: readonly TraceLine[],
    at: number,
    differences: Difference[],
    max: number,
  ): void {
    drain(this.m.rec, this.printed, this.out);
    this.printed = this.m.rec.length;
    const expected = group.filter((l) => compared.has(l.event)).map((l) => format(l));
    const actual = this.out.splice(0);
    for (let i = 0; i < Math.max(expected.length, actual.length); i++) {
      if (expected[i] === actual[i] || differences.length >= max) continue;
      differences.push({
        line: at,
        time: group[0].time,
        expected: expected[i] ?? "-",
        actual: actual[i] ?? "-",
      });
      return;
    }
  }
}

/** The made-up instructions of the recordings. */
const fakes = [
  (n: number) => ({ runNs: n }),
  () => ({ hang: true }),
  (n: number) => ({ csFault: { type: n, info: 0x1234 } }),
  (n: number) => ({ csFatal: { type: n, info: 0x5678 } }),
  () => ({ gpuFault: { status: 0x80 } }),
  () => ({ tilerOom: true }),
  () => ({ progressTimeout: true }),
];

function ringInput(csg: number, cs: number): number {
  return ringInputs + (csg * 8 + cs) * 0x1000;
}

function isDevice(line: TraceLine): boolean {
  return (
    line.event !== "mmio_read" &&
    line.event !== "mmio_write" &&
    line.event !== "irq_handler_entry" &&
    line.event !== "tracing_mark_write"
  );
}

export const comparedKinds: readonly string[] = kindNames.filter((k) => compared.has(k));
