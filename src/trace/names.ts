// Names of a trace: what each one stands for, checked in the order of the file.

import type { NameKind, NameUse } from "./field.ts";
import { namesMax } from "./limits.ts";
import type { Fail } from "./line.ts";
import { quote } from "./problem.ts";

export class Names {
  private readonly kinds = new Map<NameKind, Set<string>>();
  /** Bound and not released. */
  private readonly live = new Set<string>();
  private bound = 0;

  private of(kind: NameKind): Set<string> {
    let names = this.kinds.get(kind);
    if (names === undefined) this.kinds.set(kind, (names = new Set()));
    return names;
  }

  /** A released name may still be used: a stale handle is worth a test. */
  use(use: NameUse, column: number, fail: Fail): void {
    const names = this.of(use.kind);
    if (names.has(use.name)) return;
    const other = [...this.kinds].find(([, set]) => set.has(use.name))?.[0];
    if (other !== undefined) {
      fail("WrongKind", column, `${quote(use.name)} is a ${other}`, { expected: `a ${use.kind}` });
      return;
    }
    fail("UnknownName", column, `${use.kind} ${quote(use.name)}`, {
      oneOf: [...names],
      got: use.name,
    });
  }

  bind(use: NameUse, column: number, fail: Fail): void {
    const key = `${use.kind} ${use.name}`;
    if (this.live.has(key)) {
      fail("DuplicateName", column, `${use.kind} ${quote(use.name)} is in use`);
      return;
    }
    if (++this.bound > namesMax) {
      if (this.bound === namesMax + 1) fail("TooMany", column, `more than ${namesMax} names`);
      return;
    }
    this.of(use.kind).add(use.name);
    this.live.add(key);
  }

  release(kind: NameKind, name: string): void {
    this.live.delete(`${kind} ${name}`);
  }
}
