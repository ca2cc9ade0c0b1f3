// The power control block of arch 14: PWR_INT, PWR_STATUS, PWR_COMMAND and the power domains, which
// the host owns or has delegated to the MCU. Kernel side: panthor_pwr.c. What the kernel does not
// say is this model's choice: the child domains need the L2, and a command that is not allowed has
// no effect but its interrupt. Left out: INSPECT, which the driver never asks for.

import { Defect } from "../../machine/defect.ts";
import type { DeviceEvents } from "../events.ts";
import type { DeviceClock } from "../hooks.ts";
import type { Injections, PwrCommandName } from "../inject.ts";
import type { IrqBlock } from "../irq-block.ts";
import { PowerDomain } from "../power.ts";
import type { PowerControlShape, Profile } from "../profile/types.ts";
import { pwrCommand, pwrDomain, pwrIrq, pwrStatus } from "../registers/pwr.ts";
import type { RegisterWord } from "../registers/table.ts";
import { DeviceTimer } from "../timer.ts";

export type PwrDomainName = keyof typeof pwrDomain;

/** A domain and who may switch it. */
interface Owned {
  readonly power: PowerDomain;
  delegated: boolean;
  /** A change of ownership that is on its way: DELEGATE or RETRACT. */
  readonly change: DeviceTimer;
  retracting: boolean;
}

const commandNames: Readonly<Record<number, PwrCommandName>> = {
  [pwrCommand.powerUp]: "power_up",
  [pwrCommand.powerDown]: "power_down",
  [pwrCommand.delegate]: "delegate",
  [pwrCommand.retract]: "retract",
};

const bit = (n: number): bigint => 1n << BigInt(n);
const half = (value: bigint, word: 0 | 1): number =>
  Number((word === 1 ? value >> 32n : value) & 0xffffffffn);

export class PwrControl {
  private readonly domains: Readonly<Record<PwrDomainName, Owned>>;
  private argument = 0n;
  private resetting = false;

  constructor(
    private readonly events: DeviceEvents,
    private readonly profile: Profile,
    shape: PowerControlShape,
    clock: DeviceClock,
    readonly irq: IrqBlock,
    private readonly inject: Injections,
    /** Starts the soft reset of the whole device; false if it is stuck. */
    private readonly softReset: (complete: () => void) => boolean,
  ) {
    const { l2Present, shaderPresent, tilerPresent } = profile.shape;
    const owned = (name: PwrDomainName, present: bigint): Owned => {
      const latency = (): number => profile.latencies.l2Power;
      const changed = (): void => this.powerChanged();
      return {
        power: new PowerDomain(
          name.toLowerCase(),
          present,
          latency,
          events,
          clock,
          inject,
          changed,
        ),
        delegated: false,
        change: new DeviceTimer(clock, () => this.ownerChanged(name)),
        retracting: false,
      };
    };
    this.domains = {
      L2: owned("L2", l2Present),
      TILER: owned("TILER", tilerPresent),
      SHADER: owned("SHADER", shaderPresent),
      BASE: owned("BASE", shape.basePresent),
      STACK: owned("STACK", shape.stackPresent),
    };
  }

  get l2Ready(): boolean {
    return this.domains.L2.power.ready !== 0n;
  }

  read({ register, word }: RegisterWord): number {
    switch (register) {
      case "PWR_INT_RAWSTAT":
        return this.irq.rawstat;
      case "PWR_INT_MASK":
        return this.irq.mask;
      case "PWR_INT_STAT":
        return this.irq.status;
      case "PWR_STATUS":
        return half(this.status(), word);
      case "PWR_CMDARG":
        return half(this.argument, word);
      default: {
        const [, domain, what] = /^PWR_(\w+)_(\w+)$/.exec(register)!;
        const { power } = this.domains[domain as PwrDomainName];
        if (what === "PRESENT") return half(power.present, word);
        return half(what === "PWRTRANS" ? power.trans : power.ready, word);
      }
    }
  }

  write({ register, word }: RegisterWord, value: number): void {
    switch (register) {
      case "PWR_INT_RAWSTAT":
        this.irq.raise(value);
        return;
      case "PWR_INT_CLEAR":
        this.irq.clear(value);
        return;
      case "PWR_INT_MASK":
        this.irq.setMask(value);
        return;
      case "PWR_CMDARG": {
        const kept = word === 1 ? this.argument & 0xffffffffn : (this.argument >> 32n) << 32n;
        this.argument = kept | (BigInt(value) << (word === 1 ? 32n : 0n));
        return;
      }
      case "PWR_COMMAND":
        this.command(value);
        return;
      default:
        throw new Defect(`mmio ${register}`, "write of an unmodelled register");
    }
  }

  /** The MCU switches the domains that were delegated to it: all cores, or none. */
  mcuPower(on: boolean): void {
    for (const { delegated, power } of [this.domains.TILER, this.domains.SHADER]) {
      if (!delegated) continue;
      if (on) power.up(power.present);
      else power.down(power.present);
    }
  }

  /** Soft reset: all domains are off, and the host's. */
  reset(): void {
    for (const owned of Object.values(this.domains)) {
      owned.power.reset();
      owned.change.cancel();
      owned.delegated = false;
      owned.retracting = false;
    }
  }

  private status(): bigint {
    const all = Object.entries(this.domains) as [PwrDomainName, Owned][];
    let status = 0n;
    for (const [name, owned] of all) {
      if (this.allowed(name)) status |= bit(pwrDomain[name]);
      if (owned.delegated) status |= bit(pwrDomain[name] + pwrStatus.delegatedShift);
      if (owned.power.trans !== 0n) status |= bit(pwrStatus.powerPending);
      if (owned.retracting) status |= bit(pwrStatus.retractPending);
    }
    if (this.resetting) return status | bit(pwrStatus.resetPending);
    return status | bit(pwrStatus.allowSoftReset) | bit(pwrStatus.allowFastReset);
  }

  /** The host may switch the domain: it has not delegated it, and what it depends on is there. */
  private allowed(name: PwrDomainName): boolean {
    const { delegated, retracting, change } = this.domains[name];
    if (this.resetting || delegated || retracting || change.pending) return false;
    return !isChild(name) || this.l2Ready;
  }

  private command(value: number): void {
    const code = value & 0xff;
    if (code === pwrCommand.inspect) throw new Defect("PWR_COMMAND", "INSPECT is not modelled");
    if (code === pwrCommand.resetSoft || code === pwrCommand.resetFast) {
      this.startReset();
      return;
    }
    const name = commandNames[code];
    const domain = domainOf((value >>> 8) & 0xff);
    if (name === undefined || domain === undefined) {
      this.refuse(pwrIrq.commandInvalid);
      return;
    }
    if (this.inject.takePwrRefused(name) || !this.permits(name, domain)) {
      this.refuse(pwrIrq.commandNotAllowed);
      return;
    }
    this.perform(name, domain, this.inject.takePwrStuck(name));
  }

  private permits(name: PwrCommandName, domain: PwrDomainName): boolean {
    const { power, delegated, retracting, change } = this.domains[domain];
    switch (name) {
      case "power_up":
        return this.allowed(domain);
      case "power_down":
        // The L2 goes last.
        return this.allowed(domain) && (domain !== "L2" || !this.childrenReady());
      case "delegate":
        return domain !== "L2" && this.allowed(domain) && power.trans === 0n;
      case "retract":
        return delegated && !retracting && !change.pending;
    }
  }

  private perform(name: PwrCommandName, domain: PwrDomainName, stuck: boolean): void {
    const owned = this.domains[domain];
    switch (name) {
      case "power_up":
        if (stuck) owned.power.hang(this.argument);
        else owned.power.up(this.argument);
        return;
      case "power_down":
        if (stuck) owned.power.hang(this.argument);
        else owned.power.down(this.argument);
        return;
      case "retract":
        owned.retracting = true;
        if (!stuck) owned.change.start(this.profile.latencies.pwrCommand);
        return;
      case "delegate":
        if (!stuck) owned.change.start(this.profile.latencies.pwrCommand);
    }
  }

  private ownerChanged(name: PwrDomainName): void {
    const owned = this.domains[name];
    owned.delegated = !owned.retracting;
    const retracted = owned.retracting ? pwrIrq.retractCompleted : 0;
    owned.retracting = false;
    const entry = this.events.state(
      owned.delegated ? "pwr_delegated" : "pwr_retracted",
      pwrDomain[name],
    );
    this.events.causedBy(entry, () => this.irq.raise(pwrIrq.delegationChanged | retracted));
  }

  private powerChanged(): void {
    const { irq } = this;
    const moving = Object.values(this.domains).some(({ power }) => power.trans !== 0n);
    irq.raise(pwrIrq.powerChangedSingle | (moving ? 0 : pwrIrq.powerChangedAll));
  }

  private childrenReady(): boolean {
    return (Object.keys(this.domains) as PwrDomainName[]).some(
      (name) => isChild(name) && this.domains[name].power.ready !== 0n,
    );
  }

  private startReset(): void {
    const complete = (): void => {
      this.resetting = false;
      this.irq.raise(pwrIrq.resetCompleted);
    };
    this.resetting = true;
    if (!this.softReset(complete)) this.events.state("reset_stuck");
  }

  private refuse(interrupt: number): void {
    const entry = this.events.state("pwr_command_refused", interrupt);
    this.events.causedBy(entry, () => this.irq.raise(interrupt));
  }
}

const isChild = (name: PwrDomainName): boolean => name === "TILER" || name === "SHADER";

function domainOf(number: number): PwrDomainName | undefined {
  return (Object.keys(pwrDomain) as PwrDomainName[]).find((name) => pwrDomain[name] === number);
}
