// Every function of the C driver has an operation, or a reason why not, and what the table names
// exists.

import { existsSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { zeroCost } from "../../src/device/profile/index.ts";
import { coverageAliases } from "../../src/driver/coverage-aliases.ts";
import {
  coverage,
  coverageTable,
  operationNames,
  type CFunctions,
  type CoverageRow,
} from "../../src/driver/coverage.ts";
import { operationsOf } from "../../src/replay/operations.ts";

const stored = JSON.parse(readFileSync("test/fixtures/driver-functions.json", "utf8")) as {
  readonly source: string;
  readonly functions: CFunctions;
};
const operations = operationsOf(zeroCost);
const rows = coverage(stored.functions, operations);

describe("coverage of the C driver", () => {
  it("has an operation or a reason for every function", () => {
    expect(rows.filter(({ by }) => by === undefined)).toEqual([]);
    expect(rows.length).toBeGreaterThan(450);
  });

  it("names operations and files that exist", () => {
    for (const { by, cFunction } of rows) {
      if (typeof by !== "string") continue;
      const [unit, operation] = by.split(".");
      const exists = by.includes("/") ? existsSync(by) : operations[unit]?.includes(operation);
      expect(exists, `${cFunction}: ${by}`).toBe(true);
    }
  });

  it("has no exception for a function that the C driver lost, or that has its own operation", () => {
    for (const [unit, aliases] of Object.entries(coverageAliases)) {
      for (const [cFunction, { reason }] of Object.entries(aliases)) {
        expect(stored.functions[unit], `${unit}: ${cFunction}`).toContain(cFunction);
        const own = operationNames(unit, cFunction).filter((n) => operations[unit].includes(n));
        expect(own, `${unit}: ${cFunction} has its own operation`).toEqual([]);
        expect(reason.length).toBeGreaterThan(10);
      }
    }
  });

  it("gives no operation to two functions", () => {
    const own = rows.filter((r) => "reason" in r && r.reason === "").map(({ by }) => by);
    expect(own.filter((by, i) => own.indexOf(by) !== i)).toEqual([]);
  });

  it("notices a function that nothing covers", () => {
    const made = coverage({ mmu: ["panthor_vm_bind", "panthor_vm_fly"] }, { mmu: ["vmBind"] });
    expect(made.map(({ by }) => by)).toEqual(["mmu.vmBind", undefined]);
  });

  it("is what docs/driver-coverage.md says", () => {
    const table = coverageTable(rows as CoverageRow[], stored.source);
    expect(readFileSync("docs/driver-coverage.md", "utf8")).toBe(table);
  });
});
