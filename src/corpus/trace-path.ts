// Where a trace of the corpus is: by its name below the folder of all traces.

import { join } from "node:path";

/** `07d-cs-fatal`, `corpus/retired-slot`: relative, without extension. */
export const tracePath = (traces: string, name: string): string => join(traces, `${name}.yaml`);
