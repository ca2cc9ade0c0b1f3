// Rewrites kernel code (`*name(): Kernel<…>`, `Atomic<…>`) so that it runs as plain functions until
// it first has to wait. A generator costs an object, its registers and two calls for every frame,
// and V8 inlines none; of a hundred calls of kernel code one waits.
//
//   *lock(): Kernel<void> { if (!(yield* this.tryLock())) yield* this.lockSlow(); this.owner = 1; }
//
// becomes a function that calls `this.tryLock()` and goes on if the result is `done()`. If it is
// not, it returns the same body as a generator that goes on at that point with the same variables.
// What callers see is as before: something for `yield*`. What a generator waits for it yields, and
// the machine keeps the stack (src/machine/core/resume.ts). Functions outside the subset below stay
// generators with `yield*`, which is slower and otherwise the same.
//
// Order is unchanged because kernel code is called and handed to `yield*` in one expression.

import ts from "typescript";
import { Body } from "./body.mjs";
import { Fast, Slow } from "./emit.mjs";
import { runtime, Unsupported } from "./nodes.mjs";

/**
 * The rewritten text of a file, and what stayed a generator and why.
 * @param {string} text @param {string} file @param {string} core import path of src/machine/core
 */
export function eager(text, file, core) {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
  const edits = [];
  const kept = [];
  /** Generators to add, by the function body (or the file) that they go into. */
  const added = new Map();
  let serial = 0;

  const visit = (node, inGenerator) => {
    if (ts.isFunctionLike(node) && node.asteriskToken !== undefined && node.body !== undefined) {
      if (!inGenerator && isKernelCode(node, source)) {
        try {
          const slow = `$${nameOf(node)}${serial++}`;
          const made = rewrite(node, source, slow);
          const scope = scopeOf(node);
          edits.push({ start: made.start, end: made.end, text: made.fast });
          if (made.slow !== null) added.set(scope, [...(added.get(scope) ?? []), made.slow]);
        } catch (error) {
          if (!(error instanceof Unsupported)) throw error;
          const { line } = source.getLineAndCharacterOfPosition(node.getStart(source));
          kept.push({ line: line + 1, name: nameOf(node), why: error.message });
        }
      }
      ts.forEachChild(node, (child) => visit(child, true));
      return;
    }
    ts.forEachChild(node, (child) => visit(child, inGenerator));
  };
  visit(source, false);
  if (edits.length === 0) return { text, kept, rewritten: 0 };

  for (const [scope, functions] of added) {
    const insert = functions.join("\n");
    if (ts.isSourceFile(scope)) {
      edits.push({ start: text.length, end: text.length, text: `\n${insert}\n` });
    } else if (ts.isBlock(scope.body)) {
      const at = scope.body.getStart(source) + 1;
      edits.push({ start: at, end: at, text: `\n${insert}\n` });
    } else {
      const start = scope.body.getStart(source);
      edits.push({ start, end: start, text: `{\n${insert}\nreturn ` });
      edits.push({ start: scope.body.end, end: scope.body.end, text: `;\n}` });
    }
  }
  const names = `done as ${runtime.done}, finished as ${runtime.finished}, result as ${runtime.result}`;
  const head =
    `import { ${names} } from "${core}/op.ts";\n` +
    `import { cursor as ${runtime.cursor} } from "${core}/cursor.ts";\n`;
  return { text: head + apply(text, edits), kept, rewritten: edits.length };
}

function apply(text, edits) {
  edits.sort((a, b) => a.start - b.start || a.end - b.end);
  let at = 0;
  let out = "";
  for (const edit of edits) {
    out += text.slice(at, edit.start) + edit.text;
    at = edit.end;
  }
  return out + text.slice(at);
}

const nameOf = (node) => (node.name && ts.isIdentifier(node.name) ? node.name.text : "anonymous");

/** Methods and functions whose declared type is Kernel or Atomic. */
function isKernelCode(node, source) {
  if (!ts.isMethodDeclaration(node) && !ts.isFunctionDeclaration(node)) return false;
  if (!ts.isIdentifier(node.name ?? node)) return false;
  if (ts.isFunctionDeclaration(node) && !ts.isSourceFile(node.parent)) return false;
  if (node.type !== undefined) return /^(Kernel|Atomic)\b/.test(node.type.getText(source));
  // A table of what user tasks do: its type says that all of them are kernel code.
  const table = node.parent.parent;
  return (
    ts.isVariableDeclaration(table) &&
    table.type !== undefined &&
    /^Performers\b/.test(table.type.getText(source))
  );
}

/** The innermost function around a node, or the file. */
function scopeOf(node) {
  let at = node.parent;
  while (!ts.isSourceFile(at) && !(ts.isFunctionLike(at) && at.body !== undefined)) at = at.parent;
  return at;
}

function rewrite(node, source, slowName) {
  const body = new Body(node, source);
  const statements = body.list(node.body.statements);
  const variables = [...body.parameters, ...body.hoisted];
  const call = (index) => {
    const args = [index, "$t", ...variables].join(", ");
    return body.usesThis ? `${slowName}.call(this, ${args})` : `${slowName}(${args})`;
  };
  const fast = new Fast(call).body(statements);
  const modifiers = (node.modifiers ?? []).map((m) => m.getText(source)).join(" ");
  const keyword = ts.isFunctionDeclaration(node) ? "function " : "";
  const parameters = node.parameters.map((p) => p.getText(source)).join(", ");
  const declared = [...body.hoisted, ...(body.points > 0 ? ["$t"] : [])];
  const head = `${modifiers} ${keyword}${node.name.text}(${parameters})`;
  const lets = declared.length > 0 ? `let ${declared.join(", ")};\n` : "";
  const slowParameters = ["$k", "$t", ...variables].join(", ");
  return {
    start: node.getStart(source),
    end: node.end,
    fast: `${head} {\n${lets}${fast}}`,
    slow:
      body.points === 0 || !fast.includes(slowName)
        ? null
        : `function* ${slowName}(${slowParameters}) {\n${new Slow().list(statements)}}`,
  };
}
