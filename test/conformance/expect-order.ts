// What a test asks of the order across contexts in a recording of 6.12.

import { expect } from "vitest";
import { explainedFolders } from "../../src/conformance/explanations-concerned.ts";
import { orders } from "../../src/conformance/order.ts";
import type { ConcernedAgreement } from "../../src/conformance/report.ts";

/** Agreement in all of it, or an explanation that is still needed. */
export function expectOrder(folder: string, { aspects, first }: ConcernedAgreement): void {
  const differs = orders.filter((o) => aspects[o].matched < aspects[o].total);
  if (explainedFolders.includes(folder)) expect(differs).not.toEqual([]);
  else expect([folder, differs, differs.map((o) => first[o])]).toEqual([folder, [], []]);
}
