// All findings about the series, MMU-1 to MMU-62.

import type { Finding } from "../finding.ts";
import { blockFindings } from "./findings/blocks.ts";
import { durationFindings } from "./findings/duration.ts";
import { lockFindings } from "./findings/lock.ts";
import { recoveryFindings } from "./findings/recovery.ts";
import { otherFindings } from "./findings/rest.ts";

export const findings: readonly Finding[] = [
  ...lockFindings,
  ...recoveryFindings,
  ...blockFindings,
  ...durationFindings,
  ...otherFindings,
];
