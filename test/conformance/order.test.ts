import { describe, expect, it } from "vitest";
import { explainedFolders, explainOrder } from "../../src/conformance/explanations-concerned.ts";
import { compareOrder, type Order, projectOrder } from "../../src/conformance/order.ts";
import { conformanceJson } from "../../src/conformance/report.ts";
import { ftraceTextEvents } from "../../src/recording/ftrace-text.ts";

const line = (comm: string, pid: number, ns: number, text: string): string =>
  `${comm}-${pid} [000] ..... 1.${String(ns).padStart(9, "0")}: ${text}`;

const write = (reg: string): string => `mmio_write: off=0x0 val=0x1 reg=${reg}`;
const fence = (seqno: number): string =>
  `dma_fence_init: driver=panthor timeline=queue-fence context=7 seqno=${seqno}`;
const run = "workqueue_execute_start: work struct W1: function tick_work";

const text = (...lines: readonly string[]): string => `# tracer: nop\n#\n${lines.join("\n")}\n`;
const project = (t: string) => projectOrder(ftraceTextEvents(t, "trace.txt"));
const differing = (a: string, b: string): string[] => {
  const { first } = compareOrder(project(a), project(b));
  return Object.keys(first).filter((o) => first[o as Order] !== null);
};

describe("the order across contexts", () => {
  const one = line("kworker/u4:1", 21, 1, write("AS1_COMMAND"));
  const other = line("irq/66-panthor-", 28, 2, write("JOB_INT_CLEAR"));

  it("sees accesses of two contexts change places", () => {
    expect(differing(text(one, other), text(one, other))).toEqual([]);
    expect(differing(text(one, other), text(other, one))).toEqual(["order of accesses"]);
  });

  it("sees another context, another worker and another order of fences", () => {
    const elsewhere = line("irq/65-panthor-", 27, 1, write("AS1_COMMAND"));
    expect(differing(text(one), text(elsewhere))).toEqual(["order of accesses"]);
    const [a, b] = [1, 2].map((n) => line(`kworker/u4:${n}`, 20 + n, 3, run));
    expect(differing(text(a), text(b))).toEqual(["order of work"]);
    const [f, g] = [1, 2].map((n) => line("init", 1, n, fence(n)));
    expect(differing(text(f, g), text(g, f))).toEqual(["order of fences"]);
  });

  it("counts what only the driver of 7.3 accesses, by reason", () => {
    const later = line("kworker/u4:1", 21, 1, write("COHERENCY_PROTOCOL"));
    const { first, leftOut } = compareOrder(project(text(one)), project(text(later, one)));
    expect(first["order of accesses"]).toBeNull();
    expect(leftOut).toEqual({ "7.3 chooses the coherency protocol": 1 });
  });

  it("has names without spaces in JSON", () => {
    const { aspects, first, leftOut } = compareOrder(project(text(one)), project(text(one)));
    const [{ aspects: named }] = conformanceJson([
      {
        scenario: "01-probe",
        flavour: "base",
        order: "concerned",
        agreement: null,
        concerned: { aspects, first, outOfScope: {}, leftOut },
        explanation: null,
        error: null,
      },
    ]) as { readonly aspects: object }[];
    expect(Object.keys(named)).toEqual(["order_of_accesses", "order_of_work", "order_of_fences"]);
  });

  it("does not compare names of programs, nor names that a dump has cut", () => {
    expect(
      differing(text(line("init", 1, 1, fence(1))), text(line("app", 9, 1, fence(1)))),
    ).toEqual([]);
    const cut = line("kworker/", 21, 3, run);
    expect(differing(text(cut), text(line("kworker/u4:1", 21, 3, run)))).toEqual([]);
  });
});

describe("an explanation of the order", () => {
  const [folder] = explainedFolders;
  const order = { "order of work": { matched: 1, total: 2 } };

  it("is given where nothing else differs", () => {
    expect(explainOrder(folder, { ...order, fences: { matched: 3, total: 3 } })).not.toBeNull();
    expect(explainOrder(folder, { ...order, fences: { matched: 2, total: 3 } })).toBeNull();
    expect(explainOrder(folder, { "order of work": { matched: 2, total: 2 } })).toBeNull();
    expect(explainOrder("02-single-job", order)).toBeNull();
  });
});
