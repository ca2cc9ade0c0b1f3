// How long the device takes, from pairs of events: what the driver asks for, and when the device
// has done it. A latency shows up to a timer's programming distance longer than it is.

import type { StreamEvent } from "../timeline/event-stream.ts";
import type { Facts } from "./facts.ts";

const idle = "IDLE";
const samplesKept = 1024;
const startedLongAgo = 1_000_000;
const softResetCommand = 1;
const flushCommand = 4;
const haltBit = 1;
const stateMask = 7;
const stateLatency = ["csg_terminate", "csg_start", "csg_suspend", "csg_resume"] as const;
/** ENDPOINT_CONFIG and STATUS_UPDATE of CSG_REQ. */
const updateMask = 0x30;

export class LatencyObserver {
  /** When each latency that is running began. */
  private readonly since = new Map<string, number>();
  private readonly streams = new Map<string, string>();
  /** The access to a register's lower half before, per CPU. */
  private readonly access = new Map<
    number,
    { readonly name: string; readonly upper: string; readonly ns: number }
  >();
  /** When each slot was last started: its streams run some time after that, doorbell or not. */
  private readonly started = new Map<number, number>();
  private readonly rung = new Map<number, number>();

  constructor(private readonly facts: Facts) {}

  event(e: StreamEvent): void {
    this.accessCost(e);
    switch (e.name) {
      case "irq_raise":
        this.begin(`irq_delay ${e.str("line")}`, e.time);
        break;
      case "irq_deliver":
        this.end(`irq_delay ${e.str("line")}`, "irq_delay", e.time);
        break;
      case "mmio_write":
        this.written(e);
        break;
      case "dev_state":
        this.state(e);
        break;
      case "fw_seen":
        this.seen(e);
        break;
      case "fw_ack":
        this.acknowledged(e);
        break;
      case "cs_state":
        this.stream(e);
        break;
      case "cs_instr":
        if (e.str("op") === "FLUSH_CACHE2") this.begin(`cs_flush ${key(e)}`, e.time);
        break;
    }
  }

  private begin(what: string, ns: number): void {
    this.since.set(what, ns);
  }

  /** A second doorbell does not make the firmware look later. */
  private first(what: string, ns: number): void {
    if (!this.since.has(what)) this.since.set(what, ns);
  }

  private end(what: string, latency: string, ns: number): void {
    const began = this.since.get(what);
    if (began === undefined) return;
    this.since.delete(what);
    this.sample(latency, ns - began);
  }

  private sample(latency: string, ns: number): void {
    let samples = this.facts.latencies.get(latency);
    if (samples === undefined) {
      this.facts.latencies.set(latency, (samples = { count: 0, kept: [] }));
    }
    samples.count++;
    if (samples.kept.length < samplesKept) samples.kept.push(ns);
  }

  /** The halves of a 64-bit register are accessed one right after the other. */
  private accessCost(e: StreamEvent): void {
    const before = this.access.get(e.cpu);
    const register = e.name === "mmio_read" || e.name === "mmio_write";
    if (before !== undefined) {
      this.access.delete(e.cpu);
      if (before.name === e.name && e.str("reg") === before.upper) {
        this.sample(e.name, e.time - before.ns);
      }
    }
    if (!register || !e.str("reg").endsWith("_LO")) return;
    const upper = `${e.str("reg").slice(0, -2)}HI`;
    this.access.set(e.cpu, { name: e.name, upper, ns: e.time });
  }

  private written(e: StreamEvent): void {
    const reg = e.str("reg");
    const value = e.num("val");
    if (reg === "GPU_CMD") {
      const command = value & 0xff;
      if (command === softResetCommand) this.begin("soft_reset", e.time);
      else if (command === flushCommand) this.begin("cache_flush", e.time);
    } else if (reg === "L2_PWRON_LO" || reg === "L2_PWROFF_LO") this.begin("l2_power", e.time);
    else if (reg === "MCU_CONTROL") this.begin(value === 0 ? "mcu_stop" : "mcu_boot", e.time);
    else if (reg === "DOORBELL_0") this.first("fw_global_doorbell", e.time);
    else if (reg.startsWith("DOORBELL_")) {
      const slot = Number(reg.slice(9)) - 1;
      this.rung.set(slot, e.time);
      if (e.time - (this.started.get(slot) ?? -Infinity) < startedLongAgo) return;
      for (const [stream, state] of this.streams) {
        if (state === idle && stream.startsWith(`${slot}.`)) {
          this.first(`cs_doorbell ${stream}`, e.time);
        }
      }
    }
  }

  private state(e: StreamEvent): void {
    switch (e.str("state")) {
      case "reset_done":
        this.end("soft_reset", "soft_reset", e.time);
        this.streams.clear();
        break;
      case "flush_done":
        this.end("cache_flush", "cache_flush", e.time);
        break;
      case "l2_power":
        this.end("l2_power", "l2_power", e.time);
        break;
      case "mcu_booted":
        this.end("mcu_boot", "mcu_boot", e.time);
        break;
      case "mcu_halted":
        this.end("mcu_halt", "mcu_halt", e.time);
        break;
      case "mcu_disabled":
        this.end("mcu_stop", "mcu_stop", e.time);
        break;
    }
  }

  private seen(e: StreamEvent): void {
    const csg = e.num("csg");
    const field = e.str("field");
    const req = e.num("req");
    if (csg < 0) {
      this.end("fw_global_doorbell", "fw_global_doorbell", e.time);
      if (field === "GLB_REQ" && (e.num("diff") & req & haltBit) !== 0) {
        this.begin("mcu_halt", e.time);
      }
      return;
    }
    if (field !== "CSG_REQ") return;
    const diff = e.num("diff");
    this.since.delete(`csg ${csg}`);
    if ((diff & stateMask) !== 0) {
      this.begin(`${stateLatency[req & 3]} ${csg}`, e.time);
    } else if ((diff & updateMask) !== 0) this.begin(`csg_update ${csg}`, e.time);
  }

  private acknowledged(e: StreamEvent): void {
    const csg = e.num("csg");
    if (csg < 0 || e.str("field") !== "CSG_ACK") return;
    if (this.since.has(`csg_start ${csg}`) || this.since.has(`csg_resume ${csg}`)) {
      this.started.set(csg, e.time);
    }
    for (const latency of [...stateLatency, "csg_update"]) {
      this.end(`${latency} ${csg}`, latency, e.time);
    }
  }

  private stream(e: StreamEvent): void {
    const stream = key(e);
    const state = e.str("state");
    const before = this.streams.get(stream);
    this.streams.set(stream, state);
    if (state !== "RUN") return;
    if (before === idle) this.doorbellSeen(e, stream);
    if (before === "WAIT_SB") this.end(`cs_flush ${stream}`, "cs_flush", e.time);
  }

  /** An idle stream runs: because of a doorbell, or because its group has just been started. */
  private doorbellSeen(e: StreamEvent, stream: string): void {
    const slot = e.num("csg");
    const started = e.time - (this.started.get(slot) ?? -Infinity);
    if (started < startedLongAgo) {
      this.sample("cs_doorbell after start", started);
      const rung = e.time - (this.rung.get(slot) ?? -Infinity);
      if (rung < started) this.sample("cs_doorbell after ring", rung);
    }
    this.end(`cs_doorbell ${stream}`, "cs_doorbell", e.time);
  }
}

function key(e: StreamEvent): string {
  return `${e.num("csg")}.${e.num("cs")}`;
}
