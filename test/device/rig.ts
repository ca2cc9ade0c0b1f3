// A booted device without a driver: page tables by hand, interface words written directly.

import { Assembler } from "../../src/device/cs/assembler.ts";
import { csgInput, csInput, glbInput, va } from "../../src/device/firmware/layout.ts";
import { Gpu } from "../../src/device/gpu.ts";
import type { IrqLine } from "../../src/device/hooks.ts";
import { type Profile, zeroCost } from "../../src/device/profile/index.ts";
import { Machine } from "../../src/machine/core/machine.ts";
import { PhysicalMemory } from "../../src/machine/memory/physical-memory.ts";
import { kindFields, kindNames } from "../../src/timeline/kinds.ts";
import { PageTables } from "./recorded/page-tables.ts";

export const ringVa = 0x800000001000;
export const ringSize = 0x1000;
export const codeVa = 0x1000000;
export const dataVa = 0x2000000;
const suspendVa = 0x04a00000;
const ringIface = 0x04c00000;
const transtab = 0x0db24000;

export class Rig {
  readonly m = new Machine({ cpus: 1, hz: 250 });
  readonly memory = new PhysicalMemory();
  readonly tables = new PageTables(this.memory);
  readonly gpu: Gpu;
  readonly levels: [IrqLine, boolean][] = [];

  constructor(profile: Profile = zeroCost) {
    this.gpu = new Gpu(this.m, this.memory, profile, {
      setIrqLevel: (line, high) => this.levels.push([line, high]),
    });
  }

  write(offset: number, value: number): void {
    this.gpu.mmio.write32(offset, value);
  }

  read(offset: number): number {
    const r = this.gpu.mmio.read32(offset).next();
    return r.value as number;
  }

  run(ns: number): void {
    this.m.run(this.m.now + ns);
  }

  /** Programs address space `as` and latches it. */
  enable(as: number, base = transtab): void {
    const at = 0x2400 + as * 0x40;
    this.write(at, this.tables.transtab(as, base) % 2 ** 32);
    this.write(at + 0x30, 0x420001c6);
    this.write(at + 0x18, 1);
  }

  /** The L2 comes up: the MCU does not run without it. */
  powerL2(): void {
    this.write(0x1a0, 1);
    this.run(this.gpu.profile.latencies.l2Power);
  }

  boot(): void {
    this.write(0x1a0, 1);
    this.enable(0);
    this.write(0x1008, 0xffffffff);
    this.write(0x700, 2);
    this.run(1_100_000);
    this.write(0x1004, 0xffffffff);
    const { tables } = this;
    for (let csg = 0; csg < this.gpu.profile.shape.csgSlots; csg++) {
      tables.mcuWrite(va.csgInput(csg) + csgInput.ackIrqMask, 0xffffffff);
    }
    tables.mcuWrite(va.glbInput + glbInput.ackIrqMask, 0xffffffff);
  }

  ringInterface(csg: number, cs: number): number {
    return ringIface + (csg * 8 + cs) * 0x1000;
  }

  private ringBase(csg: number, cs: number): number {
    return ringVa + (csg * 8 + cs) * ringSize;
  }

  /** Programs `streams` rings of group slot `csg` and asks for `state` (1: start, 3: resume). */
  request(csg: number, streams: number, state: number): void {
    const { tables } = this;
    const group = va.csgInput(csg);
    tables.mcuWrite(group + csgInput.config, 1);
    tables.mcuWrite(group + csgInput.endpointReq, 0xf0010404);
    tables.mcuWrite64(group + csgInput.suspendBuf, suspendVa + csg * 0x10000);
    for (let i = 0; i < 16; i++) tables.map(0, suspendVa + csg * 0x10000 + i * 4096);
    for (let cs = 0; cs < streams; cs++) {
      const at = va.csInput(csg, cs);
      const base = this.ringBase(csg, cs);
      tables.map(1, base);
      tables.mcuWrite64(at + csInput.ringbufBase, base);
      tables.mcuWrite(at + csInput.ringbufSize, ringSize);
      tables.mcuWrite(at + csInput.config, 1 | ((csg + 1) << 8));
      tables.mcuWrite64(at + csInput.ringbufInput, this.ringInterface(csg, cs));
      tables.mcuWrite64(at + csInput.ringbufOutput, this.ringInterface(csg, cs) + 0x800);
      tables.mcuWrite(at + csInput.ackIrqMask, 0xffffffff);
      tables.mcuWrite(at + csInput.req, 0x501);
    }
    this.groupRequest(csg, state | 0x10);
  }

  /** Toggles into the state bits of CSG_REQ and rings. */
  groupRequest(csg: number, req: number): void {
    const { tables } = this;
    const events = this.mcu(va.csgInput(csg)) & 0xf0000000;
    tables.mcuWrite(va.csgInput(csg), (events | req) >>> 0);
    this.ringSlot(csg);
  }

  /** Toggles the slot's doorbell bit, and those of streams, and rings the global doorbell. */
  ringSlot(csg: number, streams = 0): void {
    const { tables } = this;
    if (streams !== 0) {
      const at = va.csgInput(csg) + csgInput.doorbellReq;
      tables.mcuWrite(at, this.mcu(at) ^ streams);
    }
    const at = va.glbInput + glbInput.doorbellReq;
    tables.mcuWrite(at, this.mcu(at) ^ (1 << csg));
    this.write(0x80000, 1);
  }

  mcu(address: number): number {
    return this.memory.read32(this.tables.map(0, address));
  }

  setMcu(address: number, value: number): void {
    this.tables.mcuWrite(address, value);
  }

  /** Writes words to GPU memory of address space 1. */
  poke(address: number, words: readonly bigint[]): void {
    words.forEach((w, i) => this.memory.write64(this.tables.map(1, address + 8 * i), w));
  }

  peek64(address: number): bigint {
    return this.memory.read64(this.tables.map(1, address));
  }

  physical(address: number): number {
    return this.tables.map(1, address);
  }

  /** Appends a program to a ring and rings the group's doorbell. */
  submit(program: Assembler, csg = 0, cs = 0): void {
    const iface = this.ringInterface(csg, cs);
    const insert = this.memory.read64Number(this.tables.map(0, iface));
    const base = this.ringBase(csg, cs);
    program.words.forEach((w, i) => {
      this.memory.write64(this.physical(base + ((insert + 8 * i) % ringSize)), w);
    });
    this.tables.mcuWrite64(iface, insert + 8 * program.words.length);
    this.write(0x80000 + 0x10000 * (csg + 1), 1);
  }

  /** A booted device with `streams` running in slot 0. */
  static started(streams = 1, profile: Profile = zeroCost): Rig {
    const rig = new Rig(profile);
    rig.boot();
    rig.enable(1);
    rig.request(0, streams, 1);
    rig.run(30_000);
    return rig;
  }

  stream(csg = 0, cs = 0) {
    return this.gpu.firmware.slots[csg].streams[cs];
  }

  /** Timeline entries of a kind as objects, from entry `from`. */
  entries(name: string, from = 0): Record<string, number | string>[] {
    const { rec } = this.m;
    const out: Record<string, number | string>[] = [];
    for (let i = from; i < rec.length; i++) {
      if (kindNames[rec.kind(i)] !== name) continue;
      const entry: Record<string, number | string> = { time: rec.time(i), index: i };
      for (const [field] of kindFields[rec.kind(i)]) entry[field] = rec.field(i, field);
      out.push(entry);
    }
    return out;
  }
}

export const assemble = (): Assembler => new Assembler();
