// Short forms for the rows of the catalogue.

import type { Catch } from "../../catch.ts";
import type { Finding, FindingId, FindingStatus, Shown } from "../../finding.ts";

/** A finding whose trace is `atomic-pt/findings/<trace>`. */
export const shown = (
  id: FindingId,
  status: FindingStatus,
  title: string,
  exposure: Omit<Shown, "kind" | "trace"> & { readonly trace: string },
): Finding => ({
  id,
  title,
  status,
  exposure: { ...exposure, kind: "shown", trace: `atomic-pt/findings/${exposure.trace}` },
});

export const cannotShow = (
  id: FindingId,
  status: FindingStatus,
  title: string,
  reason: string,
): Finding => ({ id, title, status, exposure: { kind: "cannot show", reason } });

/** A register access that only one side has. */
export const access = (kind: "missing" | "extra", of: RegExp): Catch => ({
  by: "difference",
  section: "registers",
  kind,
  of,
});

/** An access whose value is another one than expected. */
export const otherValue = (of: RegExp): Catch => ({
  by: "difference",
  section: "registers",
  kind: "other value",
  of,
});

export const warning = (of: RegExp): Catch => ({ by: "warning", of });
export const result = (of: RegExp): Catch => ({ by: "result", of });
export const event = (kind: "missing" | "extra", of: RegExp): Catch => ({ by: "event", kind, of });

export const linux73 = "linux-7.3";
export const v4 = "atomic-pt-v4";
export const before = "before-atomic-pt";
/** The first `n` patches of the merged form. */
export const merged = (n: number): string => `atomic-pt-merged@${n}`;
