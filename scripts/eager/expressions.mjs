// Expressions with yields, taken apart in their order of evaluation.

import ts from "typescript";
import { isPath, isPlace, isStable, Unsupported, yields } from "./nodes.mjs";

export class Expressions {
  /** Operations that may wait, numbered in the order of the text. */
  points = 0;
  /** Variables of the function, its parameters aside. */
  hoisted = [];
  temporaries = 0;

  constructor(source) {
    this.source = source;
  }

  text(node) {
    return node.getText(this.source);
  }

  temporary() {
    const name = `$${++this.temporaries}`;
    this.hoisted.push(name);
    return name;
  }

  flat(node, out) {
    if (!yields(node)) return this.text(node);
    if (ts.isYieldExpression(node)) {
      const expr = this.flat(node.expression, out);
      const target = this.temporary();
      out.push({ point: ++this.points, target, expr });
      return target;
    }
    if (ts.isParenthesizedExpression(node)) return `(${this.flat(node.expression, out)})`;
    if (ts.isNonNullExpression(node)) return this.flat(node.expression, out);
    if (ts.isAsExpression(node) || ts.isSatisfiesExpression?.(node)) {
      return this.flat(node.expression, out);
    }
    if (ts.isPrefixUnaryExpression(node) && node.operator !== ts.SyntaxKind.PlusPlusToken) {
      return `${ts.tokenToString(node.operator)}(${this.flat(node.operand, out)})`;
    }
    if (ts.isPropertyAccessExpression(node)) {
      const dot = node.questionDotToken ? "?." : ".";
      return `${this.flat(node.expression, out)}${dot}${node.name.text}`;
    }
    if (ts.isElementAccessExpression(node) && !yields(node.argumentExpression)) {
      return `${this.flat(node.expression, out)}[${this.text(node.argumentExpression)}]`;
    }
    if (ts.isBinaryExpression(node)) return this.binary(node, out);
    if (ts.isConditionalExpression(node)) {
      const cond = this.flat(node.condition, out);
      const target = this.temporary();
      const side = (e) => {
        const inner = [];
        const value = this.flat(e, inner);
        inner.push({ raw: `${target} = ${value};` });
        return inner;
      };
      const then = side(node.whenTrue);
      out.push({ if: cond, then, else: side(node.whenFalse) });
      return target;
    }
    if (ts.isCallExpression(node)) {
      const callee = this.callee(node.expression, out);
      return `${callee}(${this.sequence(node.arguments, out).join(", ")})`;
    }
    if (ts.isArrayLiteralExpression(node)) {
      return `[${this.sequence(node.elements, out).join(", ")}]`;
    }
    if (ts.isObjectLiteralExpression(node)) return this.object(node, out);
    throw new Unsupported(`yield in ${ts.SyntaxKind[node.kind]}`);
  }

  binary(node, out) {
    const kind = node.operatorToken.kind;
    const operator = node.operatorToken.getText(this.source);
    const logical = { "&&": (t) => t, "||": (t) => `!${t}`, "??": (t) => `${t} == null` }[operator];
    if (logical !== undefined) {
      const target = this.temporary();
      out.push({ raw: `${target} = ${this.flat(node.left, out)};` });
      const inner = [];
      const value = this.flat(node.right, inner);
      inner.push({ raw: `${target} = ${value};` });
      out.push({ if: logical(target), then: inner, else: [] });
      return target;
    }
    if (kind === ts.SyntaxKind.EqualsToken) {
      if (!isPlace(node.left)) throw new Unsupported("assignment to a computed place");
      const value = this.flat(node.right, out);
      return `${this.text(node.left)} = ${value}`;
    }
    if (kind >= ts.SyntaxKind.FirstAssignment && kind <= ts.SyntaxKind.LastAssignment) {
      if (!isPlace(node.left)) throw new Unsupported("assignment to a computed place");
      const before = this.temporary();
      out.push({ raw: `${before} = ${this.text(node.left)};` });
      const value = this.flat(node.right, out);
      return `${this.text(node.left)} = ${before} ${operator.slice(0, -1)} (${value})`;
    }
    if (operator === ",") throw new Unsupported("comma");
    const left = this.operand(node.left, yields(node.right), out);
    return `${left} ${operator} ${this.flat(node.right, out)}`;
  }

  /** The text of an operand; kept in a temporary if something may change it before it is used. */
  operand(node, keep, out) {
    const text = this.flat(node, out);
    if (!keep || isStable(node)) return text;
    const target = this.temporary();
    out.push({ raw: `${target} = ${text};` });
    return target;
  }

  sequence(nodes, out) {
    let last = -1;
    nodes.forEach((n, i) => {
      if (yields(n)) last = i;
    });
    return nodes.map((n, i) => {
      if (ts.isSpreadElement(n)) {
        return `...${this.operand(n.expression, i < last, out)}`;
      }
      return this.operand(n, i < last, out);
    });
  }

  object(node, out) {
    let last = -1;
    node.properties.forEach((p, i) => {
      if (yields(p)) last = i;
    });
    const parts = node.properties.map((p, i) => {
      if (ts.isPropertyAssignment(p) && !ts.isComputedPropertyName(p.name)) {
        return `${this.text(p.name)}: ${this.operand(p.initializer, i < last, out)}`;
      }
      if (ts.isSpreadAssignment(p)) return `...${this.operand(p.expression, i < last, out)}`;
      if (ts.isShorthandPropertyAssignment(p)) return this.text(p);
      throw new Unsupported(`yield beside ${ts.SyntaxKind[p.kind]}`);
    });
    return `{ ${parts.join(", ")} }`;
  }

  callee(node, out) {
    if (!yields(node)) {
      if (ts.isIdentifier(node) || isPath(node)) return this.text(node);
      throw new Unsupported("computed callee");
    }
    return this.flat(node, out);
  }
}
