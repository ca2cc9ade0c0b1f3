// The statements of a function, taken apart where an operation may wait.

import ts from "typescript";
import { Expressions } from "./expressions.mjs";
import { boundNames, containsReturn, runtime, strip, Unsupported, yields } from "./nodes.mjs";
import { checkScopes } from "./scopes.mjs";

/**
 * The statements of a function as a small tree:
 *   {raw: text} | {point, target: text | null, expr: text} | {ret: text | null} | {tail: text}
 *   | {if: text, then, else} | {loop: text | null, update: text | null, body, first?: text}
 *   | {repeat: text, body} | {block}
 */
export class Body extends Expressions {
  usesThis = false;
  /** Iterators of the loops around, innermost last; null for a loop without one. */
  loops = [];

  constructor(node, source) {
    super(source);
    this.node = node;
    this.parameters = node.parameters.map((p) => {
      if (!ts.isIdentifier(p.name) || p.dotDotDotToken) throw new Unsupported("parameter pattern");
      return p.name.text;
    });
    if (node.parameters.some((p) => p.initializer && yields(p.initializer))) {
      throw new Unsupported("yield in a parameter");
    }
    checkScopes(node);
    const look = (n) => {
      if (n.kind === ts.SyntaxKind.ThisKeyword) this.usesThis = true;
      if (n.kind === ts.SyntaxKind.SuperKeyword) throw new Unsupported("super");
      if (ts.isIdentifier(n) && n.text === "arguments") throw new Unsupported("arguments");
      if (ts.isYieldExpression(n) && n.asteriskToken === undefined) throw new Unsupported("yield");
      ts.forEachChild(n, look);
    };
    look(node.body);
  }

  hoist(name) {
    if (!this.hoisted.includes(name)) this.hoisted.push(name);
  }

  list(statements) {
    const out = [];
    const top = statements === this.node.body.statements;
    statements.forEach((s, i) => {
      const last = top && i === statements.length - 1;
      this.statement(s, out, last);
    });
    return out;
  }

  /** Statements of a body that need not be a block. */
  nested(statement) {
    if (ts.isBlock(statement)) return this.list(statement.statements);
    const out = [];
    this.statement(statement, out, false);
    return out;
  }

  statement(s, out, last) {
    if (!yields(s)) {
      this.plain(s, out);
      return;
    }
    if (ts.isExpressionStatement(s)) this.expressionStatement(s.expression, out, last);
    else if (ts.isVariableStatement(s)) {
      for (const d of s.declarationList.declarations) this.declaration(d, out);
    } else if (ts.isReturnStatement(s)) {
      const e = strip(s.expression);
      this.closeAll(out);
      if (ts.isYieldExpression(e) && !yields(e.expression))
        out.push({ tail: this.text(e.expression) });
      else if (ts.isConditionalExpression(e) && !yields(e.condition)) {
        const branch = (x) => {
          const inner = [];
          const y = strip(x);
          if (ts.isYieldExpression(y) && !yields(y.expression)) {
            inner.push({ tail: this.text(y.expression) });
          } else inner.push({ ret: yields(x) ? this.flat(x, inner) : this.text(x) });
          return inner;
        };
        const then = branch(e.whenTrue);
        out.push({ if: this.text(e.condition), then, else: branch(e.whenFalse) });
      } else out.push({ ret: this.flat(s.expression, out) });
    } else if (ts.isIfStatement(s)) {
      const cond = yields(s.expression) ? this.flat(s.expression, out) : this.text(s.expression);
      const then = this.nested(s.thenStatement);
      out.push({ if: cond, then, else: s.elseStatement ? this.nested(s.elseStatement) : [] });
    } else if (ts.isBlock(s)) out.push({ block: this.list(s.statements) });
    else if (ts.isWhileStatement(s)) this.loop(null, s.expression, null, s.statement, out);
    else if (ts.isDoStatement(s)) this.doStatement(s, out);
    else if (ts.isForStatement(s)) this.forStatement(s, out);
    else if (ts.isForOfStatement(s)) this.forOf(s, out);
    else throw new Unsupported(ts.SyntaxKind[s.kind]);
  }

  /** A statement without yields. Its own variables are the function's if a yield may follow. */
  plain(s, out) {
    if (ts.isVariableStatement(s)) {
      for (const d of s.declarationList.declarations) this.declaration(d, out);
    } else if (ts.isFunctionDeclaration(s) || ts.isClassDeclaration(s)) {
      throw new Unsupported("inner declaration");
    } else if (ts.isReturnStatement(s)) {
      this.closeAll(out);
      out.push({ ret: s.expression ? this.text(s.expression) : null });
    } else if (ts.isBreakStatement(s) || ts.isContinueStatement(s)) {
      if (s.label) throw new Unsupported("label");
      const loop = this.loops[this.loops.length - 1];
      if (ts.isBreakStatement(s) && loop) out.push({ raw: `${loop}.close();` });
      out.push({ raw: this.text(s) });
    } else if (containsReturn(s)) this.structured(s, out);
    else out.push({ raw: this.text(s) });
  }

  /** A statement that leaves the function or a loop from inside: taken apart for its exits. */
  structured(s, out) {
    if (ts.isIfStatement(s)) {
      const then = this.nested(s.thenStatement);
      const other = s.elseStatement ? this.nested(s.elseStatement) : [];
      out.push({ if: this.text(s.expression), then, else: other });
    } else if (ts.isBlock(s)) out.push({ block: this.list(s.statements) });
    else if (ts.isWhileStatement(s)) this.loop(null, s.expression, null, s.statement, out);
    else if (ts.isForStatement(s)) this.forStatement(s, out);
    else if (ts.isForOfStatement(s)) this.forOf(s, out);
    else throw new Unsupported(`exit from ${ts.SyntaxKind[s.kind]}`);
  }

  closeAll(out) {
    for (const loop of this.loops) if (loop) out.push({ raw: `${loop}.close();` });
  }

  declaration(d, out) {
    for (const name of boundNames(d.name)) this.hoist(name);
    const pattern = !ts.isIdentifier(d.name);
    const target = this.text(d.name);
    if (d.initializer === undefined) {
      out.push({ raw: `${target} = undefined;` });
      return;
    }
    const e = strip(d.initializer);
    if (ts.isYieldExpression(e) && !pattern && !yields(e.expression)) {
      out.push({ point: ++this.points, target, expr: this.text(e.expression) });
      return;
    }
    const value = yields(e) ? this.flat(d.initializer, out) : this.text(d.initializer);
    out.push({ raw: pattern ? `(${target} = ${value});` : `${target} = ${value};` });
  }

  expressionStatement(expression, out, last) {
    const e = strip(expression);
    if (ts.isYieldExpression(e)) {
      const expr = yields(e.expression) ? this.flat(e.expression, out) : this.text(e.expression);
      if (last) out.push({ tail: expr });
      else out.push({ point: ++this.points, target: null, expr });
      return;
    }
    if (ts.isBinaryExpression(e) && e.operatorToken.kind === ts.SyntaxKind.EqualsToken) {
      const right = strip(e.right);
      if (ts.isIdentifier(e.left) && ts.isYieldExpression(right) && !yields(right.expression)) {
        const target = this.text(e.left);
        out.push({ point: ++this.points, target, expr: this.text(right.expression) });
        return;
      }
    }
    out.push({ raw: `${this.flat(e, out)};` });
  }

  forStatement(s, out) {
    if (s.initializer !== undefined) {
      if (ts.isVariableDeclarationList(s.initializer)) {
        for (const d of s.initializer.declarations) this.declaration(d, out);
      } else if (yields(s.initializer)) this.expressionStatement(s.initializer, out, false);
      else out.push({ raw: `${this.text(s.initializer)};` });
    }
    if (s.incrementor && yields(s.incrementor)) throw new Unsupported("yield in a loop's step");
    const update = s.incrementor ? this.text(s.incrementor) : null;
    this.loop(null, s.condition ?? null, update, s.statement, out);
  }

  doStatement(s, out) {
    if (yields(s.expression)) throw new Unsupported("yield in the condition of a do loop");
    this.loops.push(null);
    const body = this.nested(s.statement);
    this.loops.pop();
    out.push({ repeat: this.text(s.expression), body });
  }

  loop(iterator, condition, update, statement, out, first = null) {
    const head = [];
    let test = null;
    if (condition !== null) {
      if (yields(condition)) {
        head.push({ if: `!(${this.flat(condition, head)})`, then: [{ raw: "break;" }], else: [] });
      } else test = this.text(condition);
    }
    this.loops.push(iterator);
    const body = this.nested(statement);
    this.loops.pop();
    out.push({ loop: test, update, first, body: [...head, ...body] });
  }

  forOf(s, out) {
    if (s.awaitModifier || !ts.isVariableDeclarationList(s.initializer)) {
      throw new Unsupported("for of");
    }
    const [d] = s.initializer.declarations;
    for (const name of boundNames(d.name)) this.hoist(name);
    const iterated = yields(s.expression) ? this.flat(s.expression, out) : this.text(s.expression);
    const iterator = this.temporary();
    out.push({ raw: `${iterator} = ${runtime.cursor}(${iterated});` });
    const target = this.text(d.name);
    const first = ts.isIdentifier(d.name)
      ? `${target} = ${iterator}.value;`
      : `(${target} = ${iterator}.value);`;
    this.loops.push(iterator);
    const body = this.nested(s.statement);
    this.loops.pop();
    out.push({ loop: `${iterator}.advance()`, update: null, first, body });
  }
}
