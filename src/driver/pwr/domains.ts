// Power domains: transitions, delegation to the MCU and back, L2 power. Kernel: panthor_pwr.c.

import type { Kernel } from "../../machine/core/op.ts";
import { EINVAL, EPERM } from "../../machine/errno.ts";
import type { PanthorDevice } from "../device/types.ts";
import type { Driver } from "../driver.ts";
import { GPU_FEATURES_RAY_TRAVERSAL } from "../gpu/regs.ts";
import * as regs from "./regs.ts";

const transitionTimeoutUs = 2_000_000;
const retractTimeoutUs = 2_000;

interface Domain {
  readonly name: string;
  /** Offset of the domain's PRESENT register. */
  readonly base: number;
}

const domains: ReadonlyMap<number, Domain> = new Map([
  [regs.PWR_COMMAND_DOMAIN_L2, { name: "L2", base: regs.PWR_L2_PRESENT }],
  [regs.PWR_COMMAND_DOMAIN_TILER, { name: "Tiler", base: regs.PWR_TILER_PRESENT }],
  [regs.PWR_COMMAND_DOMAIN_SHADER, { name: "Shader", base: regs.PWR_SHADER_PRESENT }],
  [regs.PWR_COMMAND_DOMAIN_BASE, { name: "Base", base: regs.PWR_BASE_PRESENT }],
  [regs.PWR_COMMAND_DOMAIN_STACK, { name: "Stack", base: regs.PWR_STACK_PRESENT }],
]);

const domainName = (domain: number): string => domains.get(domain)?.name ?? "Unknown";
const domainBase = (domain: number): number => domains.get(domain)?.base ?? 0;
const readyReg = (domain: number): number =>
  domainBase(domain) + (regs.PWR_L2_READY - regs.PWR_L2_PRESENT);
const pwrtransReg = (domain: number): number =>
  domainBase(domain) + (regs.PWR_L2_PWRTRANS - regs.PWR_L2_PRESENT);
const hex = (v: number | bigint): string => `0x${v.toString(16)}`;

export const pwrDomainOps = (drv: Driver) => ({
  /** get_domain_subdomain(). */
  domainSubdomain(ptdev: PanthorDevice, domain: number): number {
    const rtu = (ptdev.gpuInfo.gpuFeatures & GPU_FEATURES_RAY_TRAVERSAL) !== 0n;
    return domain === regs.PWR_COMMAND_DOMAIN_SHADER && rtu ? regs.PWR_COMMAND_SUBDOMAIN_RTU : 0;
  },

  /** panthor_pwr_domain_wait_transition(). */
  *domainWaitTransition(ptdev: PanthorDevice, domain: number, timeoutUs: number): Kernel<number> {
    const { ret, value } = yield* drv.linux.time.pollTimeout(
      () => drv.mmio.read64(pwrtransReg(domain)),
      (val: bigint) => val === 0n,
      100,
      timeoutUs,
    );
    if (ret !== 0) {
      const text = `${domainName(domain)} domain power in transition, pwrtrans(${hex(value)})`;
      yield* ptdev.base.err(text);
    }
    return ret;
  },

  /** panthor_pwr_debug_info_show(). */
  *debugInfoShow(ptdev: PanthorDevice): Kernel<void> {
    const { base } = ptdev;
    const rows: readonly (readonly [string, number])[] = [
      ["PWR_STATUS:     ", regs.PWR_STATUS],
      ["L2_PRESENT:     ", regs.PWR_L2_PRESENT],
      ["L2_PWRTRANS:    ", regs.PWR_L2_PWRTRANS],
      ["L2_READY:       ", regs.PWR_L2_READY],
      ["TILER_PRESENT:  ", regs.PWR_TILER_PRESENT],
      ["TILER_PWRTRANS: ", regs.PWR_TILER_PWRTRANS],
      ["TILER_READY:    ", regs.PWR_TILER_READY],
      ["SHADER_PRESENT: ", regs.PWR_SHADER_PRESENT],
      ["SHADER_PWRTRANS:", regs.PWR_SHADER_PWRTRANS],
      ["SHADER_READY:   ", regs.PWR_SHADER_READY],
    ];
    const hex16 = (v: bigint): string => `0x${v.toString(16).padStart(16, "0")}`;
    yield* base.info(`GPU_FEATURES:    ${hex16(ptdev.gpuInfo.gpuFeatures)}`);
    for (const [label, reg] of rows)
      yield* base.info(`${label} ${hex16(yield* drv.mmio.read64(reg))}`);
  },

  /** panthor_pwr_domain_transition(). */
  *domainTransition(
    ptdev: PanthorDevice,
    cmd: number,
    domain: number,
    mask: bigint,
    timeoutUs: number,
  ): Kernel<number> {
    const command = regs.pwrCommandDef(cmd, domain, drv.pwr.domainSubdomain(ptdev, domain));
    if (ptdev.base.warnOn(!domains.has(domain), "!is_valid_domain(domain)")) return -EINVAL;
    if (cmd !== regs.PWR_COMMAND_POWER_DOWN && cmd !== regs.PWR_COMMAND_POWER_UP) {
      yield* ptdev.base.err(`Invalid power domain transition command (${hex(cmd)})`);
      return -EINVAL;
    }
    const expected = cmd === regs.PWR_COMMAND_POWER_UP ? mask : 0n;

    let ret = yield* drv.pwr.domainWaitTransition(ptdev, domain, timeoutUs);
    if (ret !== 0) return ret;
    if (((yield* drv.mmio.read64(readyReg(domain))) & mask) === expected) return 0;

    yield* drv.pwr.writeCommand(ptdev, command, mask);
    ({ ret } = yield* drv.linux.time.pollTimeout(
      () => drv.mmio.read64(readyReg(domain)),
      (val: bigint) => (mask & val) === expected,
      100,
      timeoutUs,
    ));
    if (ret !== 0) {
      yield* ptdev.base.err(
        `timeout waiting on ${domainName(domain)} power domain transition, ` +
          `cmd(${hex(command)}), arg(${hex(mask)})`,
      );
      yield* drv.pwr.debugInfoShow(ptdev);
    }
    return ret;
  },

  /** Polls PWR_STATUS. */
  *waitStatus(cond: (val: bigint) => boolean, sleepUs: number, us: number): Kernel<number> {
    const read = () => drv.mmio.read64(regs.PWR_STATUS);
    return (yield* drv.linux.time.pollTimeout(read, cond, sleepUs, us)).ret;
  },

  /** retract_domain(). */
  *retractDomain(ptdev: PanthorDevice, domain: number): Kernel<number> {
    const { base } = ptdev;
    const command = regs.pwrCommandDef(regs.PWR_COMMAND_RETRACT, domain, 0);
    const status = yield* drv.mmio.read64(regs.PWR_STATUS);
    const delegated = regs.pwrStatusDomainDelegated(domain);
    const allowed = regs.pwrStatusDomainAllowed(domain);
    const isL2 = domain === regs.PWR_COMMAND_DOMAIN_L2;
    if (base.warnOn(isL2, "domain == PWR_COMMAND_DOMAIN_L2")) return -EPERM;

    let ret = yield* drv.pwr.waitStatus(
      (val) => (regs.PWR_STATUS_RETRACT_PENDING & val) === 0n,
      0,
      retractTimeoutUs,
    );
    if (ret !== 0) {
      yield* base.err(`${domainName(domain)} domain retract pending`);
      return ret;
    }
    if ((status & delegated) === 0n) return 0;

    yield* drv.pwr.writeCommand(ptdev, command, 0n);
    ret = yield* drv.pwr.waitStatus(
      (val) => ((delegated | allowed) & val) === allowed,
      10,
      transitionTimeoutUs,
    );
    if (ret !== 0) {
      yield* base.err(`Retracting ${domainName(domain)} domain timeout, cmd(${hex(command)})`);
    }
    return ret;
  },

  /** delegate_domain(). */
  *delegateDomain(ptdev: PanthorDevice, domain: number): Kernel<number> {
    const { base } = ptdev;
    const command = regs.pwrCommandDef(regs.PWR_COMMAND_DELEGATE, domain, 0);
    const status = yield* drv.mmio.read64(regs.PWR_STATUS);
    const allowed = regs.pwrStatusDomainAllowed(domain);
    const delegated = regs.pwrStatusDomainDelegated(domain);
    const isL2 = domain === regs.PWR_COMMAND_DOMAIN_L2;
    if (base.warnOn(isL2, "domain == PWR_COMMAND_DOMAIN_L2")) return -EPERM;
    if ((status & delegated) !== 0n) return 0;
    if ((status & allowed) === 0n) {
      yield* base.warn(`Delegating ${domainName(domain)} domain not allowed`);
      return -EPERM;
    }

    let ret = yield* drv.pwr.domainWaitTransition(ptdev, domain, transitionTimeoutUs);
    if (ret !== 0) return ret;
    yield* drv.pwr.writeCommand(ptdev, command, 0n);
    ret = yield* drv.pwr.waitStatus(
      (val) => ((delegated | allowed) & val) === delegated,
      10,
      transitionTimeoutUs,
    );
    if (ret !== 0) {
      yield* base.err(`Delegating ${domainName(domain)} domain timeout, cmd(${hex(command)})`);
    }
    return ret;
  },

  /** panthor_pwr_delegate_domains(). */
  *delegateDomains(ptdev: PanthorDevice): Kernel<number> {
    if (ptdev.pwr === null) return 0;
    let ret = yield* drv.pwr.delegateDomain(ptdev, regs.PWR_COMMAND_DOMAIN_SHADER);
    if (ret !== 0) return ret;
    ret = yield* drv.pwr.delegateDomain(ptdev, regs.PWR_COMMAND_DOMAIN_TILER);
    if (ret !== 0) yield* drv.pwr.retractDomain(ptdev, regs.PWR_COMMAND_DOMAIN_SHADER);
    return ret;
  },

  /** panthor_pwr_domain_force_off(). */
  *domainForceOff(ptdev: PanthorDevice, domain: number): Kernel<number> {
    const ready = yield* drv.mmio.read64(readyReg(domain));
    if (ready === 0n) return 0;
    const ret = yield* drv.pwr.retractDomain(ptdev, domain);
    if (ret !== 0) return ret;
    const down = regs.PWR_COMMAND_POWER_DOWN;
    return yield* drv.pwr.domainTransition(ptdev, down, domain, ready, transitionTimeoutUs);
  },

  /** panthor_pwr_l2_power_off(). A hung MCU may have left its domains on. */
  *l2PowerOff(ptdev: PanthorDevice): Kernel<void> {
    const l2 = regs.PWR_COMMAND_DOMAIN_L2;
    const status = yield* drv.mmio.read64(regs.PWR_STATUS);
    if ((status & regs.pwrStatusDomainAllowed(l2)) === 0n) {
      yield* ptdev.base.warn("Power off L2 domain not allowed");
      return;
    }
    if ((yield* drv.pwr.domainForceOff(ptdev, regs.PWR_COMMAND_DOMAIN_TILER)) !== 0) return;
    if ((yield* drv.pwr.domainForceOff(ptdev, regs.PWR_COMMAND_DOMAIN_SHADER)) !== 0) return;
    const mask = ptdev.gpuInfo.l2Present;
    const down = regs.PWR_COMMAND_POWER_DOWN;
    yield* drv.pwr.domainTransition(ptdev, down, l2, mask, transitionTimeoutUs);
  },

  /** panthor_pwr_l2_power_on(); then the MCU gets the shader and tiler domains. */
  *l2PowerOn(ptdev: PanthorDevice): Kernel<number> {
    const l2 = regs.PWR_COMMAND_DOMAIN_L2;
    const status = yield* drv.mmio.read64(regs.PWR_STATUS);
    if ((status & regs.pwrStatusDomainAllowed(l2)) === 0n) {
      yield* ptdev.base.warn("Power on L2 domain not allowed");
      return -EPERM;
    }
    const mask = ptdev.gpuInfo.l2Present;
    const up = regs.PWR_COMMAND_POWER_UP;
    const ret = yield* drv.pwr.domainTransition(ptdev, up, l2, mask, transitionTimeoutUs);
    if (ret !== 0) return ret;
    return yield* drv.pwr.delegateDomains(ptdev);
  },
});
