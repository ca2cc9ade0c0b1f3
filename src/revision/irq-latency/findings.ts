// The catalogue of findings about "Reduce dma_fence signalling latency", IRQ-1 to IRQ-46.

import type { Finding } from "../finding.ts";
import { costFindings } from "./findings/costs.ts";
import { fixFindings } from "./findings/fixes.ts";
import { lockingFindings } from "./findings/locking.ts";
import { reviewFindings } from "./findings/review.ts";

export const findings: readonly Finding[] = [
  ...costFindings,
  ...reviewFindings,
  ...lockingFindings,
  ...fixFindings,
];
