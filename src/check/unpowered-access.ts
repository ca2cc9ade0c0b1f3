// Registers answer only while the device has its clock. An access without it hangs the bus or
// raises an external abort.

import type { CheckSpec } from "./check.ts";

export const unpoweredAccessCheck: CheckSpec = {
  name: "unpowered-access",
  rule: "no register access while the device is without clock, as when it is suspended",
  make({ rec, report }) {
    /** The bus clock is the one that is enabled first and disabled last. */
    let core = -1;
    let powered = false;
    const access = (index: number, _offset: number, _value: number, register: number): void => {
      if (powered) return;
      const what = core < 0 ? "before the device's clock is enabled" : "while the device is off";
      report(index, `${rec.string(register)} is accessed ${what}`);
    };
    return {
      on: {
        clk_enable(_index, clk) {
          if (core < 0) core = clk;
          if (clk === core) powered = true;
        },
        clk_disable(_index, clk) {
          if (clk === core) powered = false;
        },
        mmio_read: access,
        mmio_write: access,
      },
    };
  },
};
