// Fields about sync objects and results: points, return values, fence status.

import { errnoByName, printErrno } from "./errno-name.ts";
import { isName } from "./field-name.ts";
import { field, type FailValue, type Field, type NameUse } from "./field-type.ts";
import { quote } from "./problem.ts";
import * as units from "./units.ts";

/** A sync object, with the point of its timeline or null (binary). */
export interface SyncPoint {
  readonly sync: string;
  readonly point: number | null;
}

function readPoint(value: string, fail: FailValue, offset: number): SyncPoint | undefined {
  const colon = value.indexOf(":");
  const sync = colon < 0 ? value : value.slice(0, colon);
  if (!isName(sync)) {
    return fail("BadValue", `sync ${quote(value)}`, { expected: "name or name:point" }, offset);
  }
  if (colon < 0) return { sync, point: null };
  const point = units.parseInteger(value.slice(colon + 1));
  if (point !== null) return { sync, point };
  return fail(
    "BadValue",
    `point ${quote(value.slice(colon + 1))}`,
    {
      expected: "an integer",
    },
    offset + colon + 1,
  );
}

export function printPoint(p: SyncPoint): string {
  return p.point === null ? p.sync : `${p.sync}:${p.point}`;
}

const pointNames = (p: SyncPoint): NameUse => ({ kind: "sync", name: p.sync, how: "use" });

export const point = (doc: string): Field<SyncPoint> =>
  field(
    "sync[:point]",
    doc,
    (value, fail) => readPoint(value, fail, 0),
    printPoint,
    (p) => [pointNames(p)],
  );

/** A comma-separated list of sync objects or points. */
export const points = (doc: string): Field<readonly SyncPoint[]> =>
  field<readonly SyncPoint[]>(
    "sync[:point],...",
    doc,
    (value, fail) => {
      const out: SyncPoint[] = [];
      let offset = 0;
      for (const part of value.split(",")) {
        const p = readPoint(part, fail, offset);
        if (p === undefined) return undefined;
        out.push(p);
        offset += part.length + 1;
      }
      return out;
    },
    (list) => list.map(printPoint).join(","),
    (list) => list.map(pointNames),
  );

/** What a call is expected to return: a number (errors negative), or anything. */
export type ExpectedReturn = number | "any";

function readReturn(value: string, fail: FailValue): ExpectedReturn | undefined {
  if (value === "any") return "any";
  const negative = value.startsWith("-");
  const rest = negative ? value.slice(1) : value;
  const n = units.parseInteger(rest) ?? (negative ? errnoByName(rest) : null);
  if (n !== null && n <= 0xffffffff) return negative ? (n === 0 ? 0 : -n) : n;
  return fail("BadValue", quote(value), {
    expected: "a number, an error such as -EINVAL, or any",
  });
}

const printReturn = (value: ExpectedReturn): string =>
  value === "any" ? value : value < 0 ? `-${printErrno(-value)}` : String(value);

export const ret = (doc: string): Field<ExpectedReturn> =>
  field("return value", doc, readReturn, printReturn);

/** A negative error number, by name. */
export const errno = (doc: string): Field<number> =>
  field(
    "error",
    doc,
    (value, fail) => {
      const n = readReturn(value, fail);
      return n === "any" || (n !== undefined && n >= 0)
        ? fail("BadValue", quote(value), { expected: "an error such as -EIO" })
        : n;
    },
    printReturn,
  );

/** The status of a fence: 0 pending, 1 signalled, negative an error. */
export const status = (doc: string): Field<number> =>
  field(
    "fence status",
    doc,
    (value, fail) => {
      const n = readReturn(value, fail);
      return n === "any" || (n !== undefined && n > 1)
        ? fail("BadValue", quote(value), { expected: "0, 1 or an error such as -EINVAL" })
        : n;
    },
    printReturn,
  );
