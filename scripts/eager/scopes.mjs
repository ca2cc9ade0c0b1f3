// Which variables may become variables of the whole function.

import ts from "typescript";
import { boundNames, Unsupported } from "./nodes.mjs";

/**
 * Variables of blocks become variables of the function. That is the same unless a name is declared
 * in two nested scopes, is used for something else outside its scope, or is captured by a function
 * while it can still change.
 */
export function checkScopes(fn) {
  const scopes = [];
  const declare = (scope, name, kind, inLoop) => {
    for (let at = scope; at; at = at.parent) {
      if (at.names.has(name)) throw new Unsupported(`${name} is declared twice`);
    }
    scope.names.set(name, { kind, inLoop });
  };
  const collect = (node, scope, loops) => {
    if (ts.isFunctionLike(node)) return;
    let inner = scope;
    let depth = loops;
    if (ts.isIterationStatement(node, false)) {
      depth++;
      inner = { node, names: new Map(), parent: scope };
      scopes.push(inner);
    } else if (ts.isBlock(node) && node !== fn.body) {
      inner = { node, names: new Map(), parent: scope };
      scopes.push(inner);
    }
    if (ts.isVariableDeclarationList(node)) {
      const constant = (node.flags & ts.NodeFlags.Const) !== 0;
      // Blocks without yields or exits stay as they are, with their own variables.
      for (const d of node.declarations) {
        for (const n of boundNames(d.name))
          declare(inner, n, constant ? "const" : "let", depth > 0);
      }
    }
    ts.forEachChild(node, (child) => collect(child, inner, depth));
  };
  const top = { node: fn, names: new Map(), parent: null };
  scopes.push(top);
  for (const p of fn.parameters) top.names.set(p.name.text, { kind: "let", inLoop: false });
  ts.forEachChild(fn.body, (child) => collect(child, top, 0));

  const assigned = new Set();
  const captured = new Map();
  const outer = new Map();
  const isReference = (n) => {
    const p = n.parent;
    if (ts.isPropertyAccessExpression(p) && p.name === n) return false;
    if (ts.isPropertyAssignment(p) && p.name === n) return false;
    if (ts.isMethodDeclaration(p) && p.name === n) return false;
    if (ts.isBindingElement(p) && p.propertyName === n) return false;
    if (ts.isTypeReferenceNode(p) || ts.isQualifiedName(p)) return false;
    if (ts.isPropertySignature?.(p)) return false;
    return true;
  };
  const walk = (node, depth, at) => {
    if (ts.isTypeNode(node)) return;
    const scope = scopes.find((s) => s.node === node) ?? at;
    if (ts.isIdentifier(node) && isReference(node)) {
      let s = scope;
      while (s && !s.names.has(node.text)) s = s.parent;
      if (s === null || s === undefined) outer.set(node.text, true);
      else if (depth > 0) captured.set(node.text, s.names.get(node.text));
      const p = node.parent;
      const written =
        (ts.isBinaryExpression(p) &&
          p.left === node &&
          p.operatorToken.kind >= ts.SyntaxKind.FirstAssignment &&
          p.operatorToken.kind <= ts.SyntaxKind.LastAssignment) ||
        ((ts.isPrefixUnaryExpression(p) || ts.isPostfixUnaryExpression(p)) &&
          (p.operator === ts.SyntaxKind.PlusPlusToken ||
            p.operator === ts.SyntaxKind.MinusMinusToken));
      if (written) assigned.add(node.text);
    }
    const next = ts.isFunctionLike(node) && node !== fn ? depth + 1 : depth;
    ts.forEachChild(node, (child) => walk(child, next, scope));
  };
  ts.forEachChild(fn.body, (child) => walk(child, 0, top));
  for (const s of scopes) {
    for (const [name] of s.names) {
      if (s !== top && outer.has(name)) throw new Unsupported(`${name} means two things`);
    }
  }
  for (const [name, { kind, inLoop }] of captured) {
    if (inLoop) throw new Unsupported(`${name} of a loop is captured`);
    if (kind === "let" && assigned.has(name)) throw new Unsupported(`${name} is captured`);
  }
}
