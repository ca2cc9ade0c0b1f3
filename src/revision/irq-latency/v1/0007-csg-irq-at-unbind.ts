// As patch 7 of v2 and v3, without the completion check after the flush of a suspend: unbinding
// reports only what the firmware flagged (IRQ-10).

import { patch } from "../../patch.ts";
import { csgIrqAtUnbind } from "../0007-csg-irq-at-unbind.ts";
import { compose } from "../compose.ts";
import { noSuspendCheck } from "../mutants.ts";

export const csgIrqAtUnbindV1 = patch({
  id: "irq-latency/v1-0007",
  title: "Automate CSG IRQ processing at group unbind time (v1)",
  source: "v1 7/10",
  observable: "a job whose event was lost is never signalled once its group is suspended",
  overlay: compose(csgIrqAtUnbind.overlay, noSuspendCheck.overlay),
});
