// The two texts of a function: the plain one, and the generator that goes on where it left off.

import { runtime } from "./nodes.mjs";

/** The plain function: leaves for the generator at the first operation that has to wait. */
export class Fast {
  constructor(call) {
    this.call = call;
  }

  body(statements) {
    const last = statements[statements.length - 1];
    const ends = last !== undefined && ("ret" in last || "tail" in last);
    return this.list(statements) + (ends ? "" : `return ${runtime.done}();\n`);
  }

  list(statements) {
    return statements.map((s) => this.statement(s)).join("");
  }

  statement(s) {
    if ("raw" in s) return `${s.raw}\n`;
    if ("ret" in s) return `return ${runtime.done}(${s.ret ?? ""});\n`;
    if ("tail" in s) return `return ${s.tail};\n`;
    if ("point" in s) {
      const leave = `$t = ${s.expr};\nif ($t !== ${runtime.finished}) return ${this.call(s.point)};\n`;
      return s.target === null ? leave : `${leave}${s.target} = ${runtime.result}.value;\n`;
    }
    if ("block" in s) return this.list(s.block);
    if ("repeat" in s) return `do {\n${this.list(s.body)}} while (${s.repeat});\n`;
    if ("if" in s) {
      const other = s.else.length > 0 ? ` else {\n${this.list(s.else)}}` : "";
      return `if (${s.if}) {\n${this.list(s.then)}}${other}\n`;
    }
    const first = s.first === null ? "" : `${s.first}\n`;
    return `for (; ${s.loop ?? ""}; ${s.update ?? ""}) {\n${first}${this.list(s.body)}}\n`;
  }
}

/** The generator: skips what has been done until it is at point `$k`, then goes on. */
export class Slow {
  list(statements) {
    let out = "";
    let skipped = "";
    const flush = () => {
      if (skipped !== "") out += `if ($k === 0) {\n${skipped}}\n`;
      skipped = "";
    };
    for (const s of statements) {
      const [from, to] = pointsOf(s);
      if (from === 0) {
        skipped += this.plain(s);
        continue;
      }
      flush();
      const here = from === to ? `$k === ${from}` : `$k >= ${from} && $k <= ${to}`;
      out += `if ($k === 0 || (${here})) {\n${this.statement(s)}}\n`;
    }
    flush();
    return out;
  }

  /** Without points: as written. */
  plain(s) {
    if ("raw" in s) return `${s.raw}\n`;
    if ("ret" in s) return `return ${s.ret ?? ""};\n`;
    if ("tail" in s) {
      const value = `$t === ${runtime.finished} ? ${runtime.result}.value : yield $t`;
      return `$t = ${s.tail};\nreturn ${value};\n`;
    }
    const inner = (list) => list.map((x) => this.plain(x)).join("");
    if ("block" in s) return inner(s.block);
    if ("repeat" in s) return `do {\n${inner(s.body)}} while (${s.repeat});\n`;
    if ("if" in s) {
      const other = s.else.length > 0 ? ` else {\n${inner(s.else)}}` : "";
      return `if (${s.if}) {\n${inner(s.then)}}${other}\n`;
    }
    const first = s.first === null ? "" : `${s.first}\n`;
    return `for (; ${s.loop ?? ""}; ${s.update ?? ""}) {\n${first}${inner(s.body)}}\n`;
  }

  statement(s) {
    if ("point" in s) {
      const to = s.target === null ? "" : `${s.target} = `;
      const value = s.target === null ? "" : `else ${to}${runtime.result}.value;\n`;
      const run = `$t = ${s.expr};\nif ($t !== ${runtime.finished}) ${to}yield $t;\n${value}`;
      return `if ($k !== 0) {\n$k = 0;\n${to}yield $t;\n} else {\n${run}}\n`;
    }
    if ("block" in s) return this.list(s.block);
    if ("repeat" in s) return `do {\n${this.list(s.body)}} while (${s.repeat});\n`;
    if ("if" in s) {
      const [from, to] = pointsOf({ block: s.then });
      const test = from === 0 ? "false" : `$k >= ${from} && $k <= ${to}`;
      const cond = `$k === 0 ? (${s.if}) : ${test}`;
      const other = s.else.length > 0 ? ` else {\n${this.list(s.else)}}` : "";
      return `if (${cond}) {\n${this.list(s.then)}}${other}\n`;
    }
    const cond = s.loop === null ? "" : `$k !== 0 || (${s.loop})`;
    const first = s.first === null ? "" : `if ($k === 0) {\n${s.first}\n}\n`;
    return `for (; ${cond}; ${s.update ?? ""}) {\n${first}${this.list(s.body)}}\n`;
  }
}

/** First and last point inside; 0, 0 for none. Points are numbered in the order of the text. */
function pointsOf(s) {
  if ("point" in s) return [s.point, s.point];
  const lists =
    "block" in s ? [s.block] : "if" in s ? [s.then, s.else] : "body" in s ? [s.body] : [];
  let from = 0;
  let to = 0;
  for (const list of lists) {
    for (const x of list) {
      const [a, b] = pointsOf(x);
      if (a === 0) continue;
      if (from === 0 || a < from) from = a;
      if (b > to) to = b;
    }
  }
  return [from, to];
}
