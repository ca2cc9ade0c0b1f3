// A digest of the entries of a timeline without those that the trace does not promise: "any entry
// differs" is about the others. What is promised of the rows that are left out (a value whose time
// is not) is compared as goldens are.

import { createHash } from "node:crypto";
import type { BuiltGolden } from "../golden/build.ts";
import { type Declarations, fenceMatcher, registerMatcher } from "../golden/incidental.ts";
import type { FenceRow, RegisterRow } from "../golden/model.ts";
import { describeEntry } from "../timeline/describe.ts";
import { kindFields } from "../timeline/kinds.ts";
import type { Recorder } from "../timeline/recorder.ts";

/** The digest; entries are told by what they say, for their numbers depend on those left out. */
export function promisedDigest(
  rec: Recorder,
  golden: BuiltGolden,
  declarations: Declarations,
): string {
  const { incidental, unordered } = declarations;
  const patternsOf = (section: "registers" | "fences"): string[] => [
    ...incidental.filter((d) => d.section === section).map(({ pattern }) => pattern),
    ...unordered.filter((d) => d.section === section).flatMap(({ patterns }) => patterns),
  ];
  const accessed = patternsOf("registers").map(registerMatcher);
  const isDeclared = (row: RegisterRow): boolean => accessed.some((matches) => matches(row));
  const accesses = golden.registers.flatMap((row, i) =>
    isDeclared(row) ? [golden.index.registers[i]] : [],
  );
  const left = new Set(accesses);
  const named = patternsOf("fences").map(fenceMatcher);
  const isNamed = (fence: string): boolean =>
    named.some((matches) => matches({ fence } as FenceRow));
  const of = kindFields.map((fields) => {
    const at = (name: string): number => fields.findIndex(([field]) => field === name);
    return [at("context"), at("seqno")] as const;
  });
  const hash = createHash("sha256");
  for (let i = rec.first; i < rec.length; i++) {
    if (left.has(i)) continue;
    const [context, seqno] = of[rec.kind(i)];
    if (context >= 0 && seqno >= 0 && named.length > 0) {
      if (isNamed(`${rec.arg(i, context)}:${rec.arg(i, seqno)}`)) continue;
    }
    hash.update(describeEntry(rec, i)).update("\n");
  }
  return hash.digest("hex").slice(0, 16);
}
