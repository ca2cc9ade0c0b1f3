import { describe, expect, it } from "vitest";
import { program, run } from "./sweep/sweep.ts";

describe("the end of a run", () => {
  it("has patience with firmware that boots neither fast nor slowly when the driver is unbound", () => {
    const { end, findings } = run(program("plug:\nsleep: for=200ms\nopen:\nboot_fail: count=2"));
    expect(end).toEqual({ kind: "finished" });
    expect(findings).toEqual([]);
  });
});
