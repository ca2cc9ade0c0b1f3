// debugfs gpuvas, in the columns of drm_debugfs_gpuva_info().

import { expect, it } from "vitest";
import { program, run } from "../../replay/sweep/sweep.ts";

const mapped = `plug:
sleep: for=100ms
open:
vm_create: vm=vm
bo_create: bo=bo size=64KiB vm=vm
vm_bind: vm=vm op=map bo=bo va=0x1000000 size=16KiB offset=0x4000
`;
const hex = (v: number): string => `0x${v.toString(16).padStart(16, "0")}`;

it.each([
  "VAs | start              | range              | end                | object             | object",
  `Kernel reserved node [${hex(0)};${hex(0)}]`,
  `     | ${hex(0x1000000)} | ${hex(0x4000)} | ${hex(0x1004000)} | -                  | ${hex(0x4000)}`,
])("has %s", (line) => {
  const { unmet } = run(program(`${mapped}show: name=gpuvas has="${line}"`));
  expect(unmet).toEqual([]);
});

it("has nothing of what is unmapped", () => {
  const gone = `vm_bind: vm=vm op=unmap va=0x1000000 size=16KiB\nshow: name=gpuvas has="${hex(0x1004000)}"`;
  expect(run(program(mapped + gone)).unmet).toHaveLength(1);
});
