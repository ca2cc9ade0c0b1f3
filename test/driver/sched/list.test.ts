import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  listAdd,
  listAddTail,
  listDelInit,
  listEmpty,
  listEntries,
  listEntriesSafe,
  listFirstOrNull,
  ListHead,
  listMove,
  listMoveTail,
} from "../../../src/driver/sched/list.ts";

const node = (n: number): ListHead<number> => new ListHead<number>(n);

describe("list", () => {
  it("adds at both ends and before a member", () => {
    const head = new ListHead<number>();
    const two = node(2);
    listAddTail(two, head);
    listAdd(node(1), head);
    listAddTail(node(4), head);
    // list_add_tail() with a member as head: the place before it.
    listAddTail(node(0), two);
    expect([...listEntries(head)]).toEqual([1, 0, 2, 4]);
    expect(listFirstOrNull(head)).toBe(1);
  });

  it("knows an initialised node that is in no list", () => {
    const one = node(1);
    expect(listEmpty(one)).toBe(true);
    listDelInit(one);
    expect(listEmpty(one)).toBe(true);
    const head = new ListHead<number>();
    expect(listFirstOrNull(head)).toBeNull();
    listMoveTail(one, head);
    expect(listEmpty(one)).toBe(false);
  });

  it("survives the removal of the current member in the safe iteration", () => {
    const head = new ListHead<number>();
    const other = new ListHead<number>();
    const nodes = [1, 2, 3, 4].map(node);
    for (const n of nodes) listAddTail(n, head);
    const seen: number[] = [];
    for (const n of listEntriesSafe(head)) {
      seen.push(n);
      if (n % 2 === 0) listMove(nodes[n - 1], other);
    }
    expect(seen).toEqual([1, 2, 3, 4]);
    expect([...listEntries(head)]).toEqual([1, 3]);
    expect([...listEntries(other)]).toEqual([4, 2]);
  });

  it("agrees with an array", () => {
    const op = fc.tuple(fc.constantFrom("head", "tail", "del"), fc.nat({ max: 5 }));
    fc.assert(
      fc.property(fc.array(op, { maxLength: 40 }), (ops) => {
        const head = new ListHead<number>();
        const nodes = [0, 1, 2, 3, 4, 5].map(node);
        let model: number[] = [];
        for (const [what, n] of ops) {
          model = model.filter((x) => x !== n);
          if (what === "del") listDelInit(nodes[n]);
          else if (what === "head") {
            listMove(nodes[n], head);
            model.unshift(n);
          } else {
            listMoveTail(nodes[n], head);
            model.push(n);
          }
          expect([...listEntries(head)]).toEqual(model);
        }
      }),
    );
  });
});
