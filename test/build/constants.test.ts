// The constants of a bundle: scripts/constants.mjs.

import { describe, expect, it } from "vitest";

const { declareConstants } = (await import("../../scripts/constants.mjs" as string)) as {
  declareConstants: (text: string) => string;
};

/** What a script that its loader calls returns, before and after. */
function bothOf(body: string): { readonly before: unknown; readonly after: unknown; text: string } {
  const script = `(function(log){\n"use strict";${body}\n})`;
  const text = declareConstants(script);
  const call = (source: string): unknown =>
    (new Function(`return ${source}`)() as (log: unknown[]) => unknown)([]);
  return { before: call(script), after: call(text), text };
}

/** The names that are declared `const`. */
const constants = (text: string): string[] =>
  [...text.matchAll(/\bconst (\w+|\{[^}]*\}|\[[^\]]*\])\s*=/g)].map(([, name]) => name);

describe("the constants of a bundle", () => {
  it("are what is declared with a value and never assigned", () => {
    const { before, after, text } = bothOf("var a=1,b=2,c;c=3;return [a,b,c]");
    expect(after).toEqual(before);
    expect(constants(text)).toEqual(["a", "b"]);
    expect(text).toContain("var c;");
  });

  it.each([
    ["an assignment", "var a=1;function f(){a=2}f();return a"],
    ["a compound assignment", "var a=1;function f(){a+=2}f();return a"],
    ["a logical assignment", "var a=null;function f(){a??=2}f();return a"],
    ["an increment", "var a=1;function f(){a++}f();return a"],
    ["a decrement", "var a=1;function f(){--a}f();return a"],
    ["an object pattern", "var a=1;function f(){({x:a}={x:2})}f();return a"],
    ["a shorthand pattern", "var a=1;function f(){({a}={a:2})}f();return a"],
    ["a nested pattern", "var a=1;function f(){({x:[{y:a}]}={x:[{y:2}]})}f();return a"],
    ["the rest of a pattern", "var a=1;function f(){[,...a]=[1,2]}f();return a"],
    ["the rest of an object", "var a=1;function f(){({x:f.x,...a}={x:1,y:2})}f();return a"],
    ["parentheses", "var a=1;function f(){(a)=2}f();return a"],
    ["an array pattern", "var a=1;function f(){[a]=[2]}f();return a"],
    ["a default in a pattern", "var a=1;function f(){[a=5]=[]}f();return a"],
    ["a loop over values", "var a=1;function f(){for(a of [2]);}f();return a"],
    ["a loop over keys", "var a=1;function f(){for(a in {k:0});}f();return a"],
    ["a second declaration", "var a=1;var a=2;return a"],
  ])("are not what changes by %s", (_, body) => {
    const { before, after, text } = bothOf(body);
    expect(after).toEqual(before);
    expect(constants(text)).not.toContain("a");
  });

  it("may be a key of a pattern that assigns", () => {
    const { before, after, text } = bothOf("var a=1,b=0;({a:b}={a:2});return [a,b]");
    expect(after).toEqual(before);
    expect(constants(text)).toEqual(["a"]);
  });

  it("are functions, which can be called before they are declared", () => {
    const { before, after, text } = bothOf(
      "var a=f(3);function f(n){return n<1?0:n+f(n-1)}return a",
    );
    expect(before).toBe(6);
    expect(after).toBe(6);
    expect(constants(text)).toEqual(["f", "a"]);
  });

  it("have the name, the kind and the arguments of the functions", () => {
    const { before, after } = bothOf(
      "function* g(a,b){yield a+b}async function h(){}function i(){}" +
        "return [[...g(1,2)],g.name,g.length,h.name,h.constructor.name,new i() instanceof i]",
    );
    expect(after).toEqual(before);
    expect(after).toEqual([[3], "g", 2, "h", "AsyncFunction", true]);
  });

  it("are not functions that are assigned", () => {
    const { before, after, text } = bothOf("function f(){return 1}f=()=>2;return f()");
    expect(before).toBe(2);
    expect(after).toBe(2);
    expect(constants(text)).toEqual([]);
  });

  it("are patterns, whose names nobody assigns", () => {
    const { before, after, text } = bothOf("var {a,b:[c]}={a:1,b:[2]},[d]=[3];d=4;return [a,c,d]");
    expect(after).toEqual(before);
    expect(constants(text)).toEqual(["{a,b:[c]}"]);
  });

  it("leave directives and imports at the front", () => {
    const text = declareConstants(
      '"use strict";import{x}from"y";var a=1;function f(){return a}export{f};',
    );
    expect(text).toBe(
      '"use strict";import{x}from"y";const f=function(){return a};const a=1;export{f};',
    );
  });

  it("leave what is declared further in alone", () => {
    const { before, after, text } = bothOf(
      "var a=1;function f(){var b=2;b=3;return b}return a+f()",
    );
    expect(after).toEqual(before);
    expect(text).toContain("var b=2");
  });
});
