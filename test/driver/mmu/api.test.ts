// The records offer what the headers declare.

import { expect, it } from "vitest";
import type { PanthorGemApi } from "../../../src/driver/gem/types.ts";
import type { PanthorMmuApi } from "../../../src/driver/mmu/types.ts";
import { bench } from "./harness.ts";

it("has the operations of panthor_mmu.h and panthor_gem.h", () => {
  const { drv } = bench();
  const mmu: PanthorMmuApi = drv.mmu;
  const gem: PanthorGemApi = drv.gem;
  expect(mmu.vmActive).toBeTypeOf("function");
  expect(gem.kernelBoCreate).toBeTypeOf("function");
});
