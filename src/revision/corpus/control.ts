// A control: a refactor that changes no behaviour. Its fences and registers must stay the same,
// byte for byte, in every trace; what turns red here is an oversensitive or an irreproducible
// comparison.

import type { Overlay } from "../../driver/driver.ts";
import { patch, type Patch } from "../patch.ts";

/** Defines a control. */
export function control(id: string, title: string, overlay: Overlay): Patch {
  return patch({
    id: `control/${id}`,
    title,
    source: "a refactor of the kind that is merged upstream",
    observable: "nothing",
    overlay: overlay,
  });
}
