// Every base and series there is. A new series is registered here.

import { irqLatencySeries } from "./irq-latency/series.ts";
import { type Catalog, linux73 } from "./series.ts";

export const catalog: Catalog = { bases: [linux73], series: [...irqLatencySeries] };
