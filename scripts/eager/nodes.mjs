// Questions about syntax trees that the parts of the rewriting share.

import ts from "typescript";

/** The function is outside the subset that is rewritten. */
export class Unsupported extends Error {}

/** What the rewritten text calls the runtime in src/machine/core. */
export const runtime = {
  done: "$done",
  finished: "$finished",
  result: "$result",
  cursor: "$cursor",
};

/** Whether a yield of this function is inside the node (not of a function inside it). */
export function yields(node) {
  if (ts.isYieldExpression(node)) return true;
  if (ts.isFunctionLike(node)) return false;
  return ts.forEachChild(node, (child) => yields(child) || undefined) === true;
}

export function strip(node) {
  let at = node;
  while (ts.isParenthesizedExpression(at)) at = at.expression;
  return at;
}

export const isStable = (node) => {
  const n = strip(node);
  return (
    ts.isIdentifier(n) ||
    ts.isNumericLiteral(n) ||
    ts.isStringLiteral(n) ||
    ts.isArrowFunction(n) ||
    n.kind === ts.SyntaxKind.ThisKeyword ||
    n.kind === ts.SyntaxKind.TrueKeyword ||
    n.kind === ts.SyntaxKind.FalseKeyword ||
    n.kind === ts.SyntaxKind.NullKeyword
  );
};

/** a.b.c from a variable or `this`. */
export const isPath = (node) =>
  ts.isIdentifier(node) ||
  node.kind === ts.SyntaxKind.ThisKeyword ||
  (ts.isNonNullExpression(node) && isPath(node.expression)) ||
  (ts.isPropertyAccessExpression(node) && isPath(node.expression));

/** A variable, or a field of one. */
export const isPlace = (node) => ts.isIdentifier(node) || isPath(node);

export function boundNames(name) {
  if (ts.isIdentifier(name)) return [name.text];
  return name.elements.flatMap((e) => (ts.isOmittedExpression(e) ? [] : boundNames(e.name)));
}

/** Whether control leaves the function, or a loop around, from inside the statement. */
export function containsReturn(node, loops = 0) {
  if (ts.isFunctionLike(node)) return false;
  if (ts.isReturnStatement(node)) return true;
  if (ts.isBreakStatement(node) || ts.isContinueStatement(node)) {
    return node.label !== undefined || loops === 0;
  }
  const inner = ts.isIterationStatement(node, false) ? loops + 1 : loops;
  if (ts.isSwitchStatement(node)) {
    // A break inside belongs to the switch, a continue or return does not.
    return ts.forEachChild(node, (c) => leavesSwitch(c) || undefined) === true;
  }
  return ts.forEachChild(node, (c) => containsReturn(c, inner) || undefined) === true;
}

function leavesSwitch(node) {
  if (ts.isFunctionLike(node)) return false;
  if (ts.isReturnStatement(node) || ts.isContinueStatement(node)) return true;
  if (ts.isIterationStatement(node, false)) return containsReturn(node, 1);
  return ts.forEachChild(node, (c) => leavesSwitch(c) || undefined) === true;
}
