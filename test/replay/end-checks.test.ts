import { describe, expect, it } from "vitest";
import { program, run } from "./sweep/sweep.ts";

describe("the end of a run", () => {
  it("has patience with firmware that boots neither fast nor slowly when the driver is unbound", () => {
    const { end, findings } = run(program("plug:\nsleep: for=200ms\nopen:\nboot_fail: count=2"));
    expect(end).toEqual({ kind: "finished" });
    expect(findings).toEqual([]);
  });

  it("knows a program that never ends where the trace says so", () => {
    const events = program(
      "plug:\nopen:\nvm_create: vm=v\nbo_create: bo=b size=4KiB vm=v\n" +
        "vm_bind: vm=v op=map bo=b va=0x1000000 size=4KiB\ngroup_create: group=g vm=v queue={}\n" +
        "syncobj_create: sync=s\nsyncobj_destroy: sync=s\nbo_write: bo=b stream=work\n" +
        "group_submit: group=g stream=work signal=s:1 ret=any",
    );
    const { end } = run(events);
    if (end.kind !== "deadlock") throw new Error(end.kind);
    const [, killed] = end.report;
    expect(end.report).toHaveLength(2);
    const known = (text: string): string =>
      `known_findings:\n  - {check: deadlock, text: "${text}", reason: an oops}`;
    expect(run(events, undefined, known(killed.trim())).end.kind).toBe("finished");
    expect(run(events, undefined, known("other-7 [X]: killed*")).end.kind).toBe("deadlock");
  });
});
