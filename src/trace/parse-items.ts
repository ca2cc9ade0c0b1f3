// Event lines and repetitions of a trace script.

import { commented, commentsWithin, linesOfComments } from "./comments.ts";
import { decodeAction } from "./decode-event.ts";
import { specOf, type Action } from "./events/index.ts";
import type { NameUse } from "./field.ts";
import { eventsMax, repeatDepthMax, tasksMax } from "./limits.ts";
import { failAt, lexLine, type Actor, type Fail, type LexedLine } from "./line.ts";
import type { LexedField } from "./line.ts";
import { Names } from "./names.ts";
import { quote } from "./problem.ts";
import { readRepeatHead } from "./repeat-head.ts";
import type { EventLine, Item, Repeat, TraceEvent } from "./trace.ts";
import { hasVariables, type Variables } from "./variable.ts";
import { describe, isMap, isScalar, isSeq, keyOf, offsetOf } from "./yaml.ts";
import type { Node, Scalar, Source } from "./yaml.ts";

interface Line {
  readonly lexed: LexedLine;
  readonly fail: Fail;
}

export class ItemReader {
  readonly names = new Names();
  private readonly lines = new Map<EventLine, Line>();
  private readonly comms = new Map<number, string>();
  private setup = false;
  /** Tasks that another one starts, and where. */
  private readonly clones = new Map<number, Fail>();

  constructor(
    private readonly source: Source,
    private readonly cpus: number,
  ) {}

  /** The items of `setup` or `events`: a list, or the lines of one block. */
  read(node: Node | null, what: "setup" | "events"): Item[] {
    this.setup = what === "setup";
    return this.readItems(node, what, new Map());
  }

  private readItems(given: Node | null, what: string, variables: Variables): Item[] {
    const node = this.source.resolve(given);
    if (node === undefined) return [];
    if (isScalar(node) && typeof node.value === "string") {
      return this.readLines(node, variables);
    }
    if (!isSeq(node)) {
      this.source.problems.add("WrongType", offsetOf(given), `${what} is ${describe(node)}`, {
        expected: "a list of event lines, or a block of them",
      });
      return [];
    }
    return node.items.flatMap((item, i) => {
      const before = i === 0 ? linesOfComments(node.commentBefore) : [];
      return this.readItem(item as Node | null, what, variables, before);
    });
  }

  private readItem(
    given: Node | null,
    what: string,
    variables: Variables,
    before: readonly string[],
  ): Item[] {
    const node = this.source.resolve(given);
    if (node === undefined) return [];
    const comments = [...before, ...linesOfComments(node?.commentBefore, node?.comment)];
    if (isScalar(node) && typeof node.value === "string") {
      return this.readLines(node, variables, comments);
    }
    const body = isMap(node) && node.items.length === 1 ? node.items[0] : undefined;
    if (body !== undefined && keyOf(body) === "repeat") {
      const [repeat] = this.readRepeat(body.value as Node | null, offsetOf(node), variables);
      return repeat === undefined
        ? []
        : [commented(repeat, [...comments, ...(repeat.comments ?? [])])];
    }
    const offset = node === null ? offsetOf(given) : offsetOf(node);
    this.source.problems.add("WrongType", offset, `item of ${what} is ${describe(node)}`, {
      expected: 'an event line (quoted, or in a "|" block) or repeat: {count, events}',
    });
    return [];
  }

  private readLines(
    node: Scalar,
    variables: Variables,
    before: readonly string[] = [],
  ): EventLine[] {
    const locate = this.source.locator(node);
    const out: EventLine[] = [];
    let start = 0;
    let comments = [...before];
    for (const text of String(node.value).split("\n")) {
      const from = start;
      start += text.length + 1;
      const trimmed = text.trim();
      if (trimmed === "") continue;
      if (trimmed.startsWith("#")) {
        comments.push(...linesOfComments(trimmed.replace(/^#+/, "")));
        continue;
      }
      const fail = failAt(this.source.problems, (column) => locate(from + column));
      const line = this.readLine(text.trimEnd(), fail, locate(from), variables, comments);
      if (line !== undefined) out.push(line);
      comments = [];
    }
    return out;
  }

  private readLine(
    text: string,
    fail: Fail,
    offset: number,
    variables: Variables,
    comments: readonly string[],
  ): EventLine | undefined {
    const lexed = lexLine(text, fail);
    if (lexed === undefined) return undefined;
    const line = this.source.lineOf(offset);
    if (!this.checkActor(lexed, fail)) return undefined;
    const action = this.decode(lexed, variables, fail);
    if (action === undefined) return undefined;
    if (action.name === "clone") this.clone(action.args.pid, variables, fail);
    if (action.name === "join") this.join(action.args.pid, lexed.actor, fail);
    const event: TraceEvent = {
      actor: lexed.actor,
      cpu: lexed.cpu,
      at: lexed.at,
      action,
      line,
    };
    const template = variables.size > 0 && dependsOnVariables(lexed.fields) ? lexed : null;
    const item = commented<EventLine>({ kind: "event", event, template }, comments);
    this.lines.set(item, { lexed, fail });
    return item;
  }

  private checkActor(lexed: LexedLine, fail: Fail): boolean {
    const { actor, cpu } = lexed;
    if (cpu !== null && cpu >= this.cpus) {
      fail("OutOfRange", 0, `CPU ${cpu} of ${this.cpus}`);
      return false;
    }
    const comm = this.comms.get(actor.pid);
    if (comm !== undefined && comm !== actor.comm) {
      fail("BadTask", 0, `pid ${actor.pid} is ${quote(actor.comm)}`, { expected: comm });
      return false;
    }
    this.comms.set(actor.pid, actor.comm);
    if (this.comms.size === tasksMax + 1 && comm === undefined) {
      fail("TooMany", 0, `more than ${tasksMax} tasks`);
    }
    return checkBy(lexed, actor, fail);
  }

  private clone(pid: number, variables: Variables, fail: Fail): void {
    if (!this.setup && variables.size === 0 && !this.comms.has(pid) && !this.clones.has(pid)) {
      this.clones.set(pid, fail);
      return;
    }
    fail("BadTask", 0, `pid ${pid} cannot begin here`, {
      expected: "a clone among the events, before all events of its task, not repeated",
    });
  }

  /** What a task waits for has begun by a clone, and is not itself. */
  private join(pid: number, actor: Actor, fail: Fail): void {
    if (this.clones.has(pid) && pid !== actor.pid) return;
    const expected = "another task, that a clone further up has begun";
    fail("BadTask", 0, `the end of pid ${pid} cannot be waited for here`, { expected });
  }

  /** A task that is started has events. */
  checkClones(): void {
    for (const [pid, fail] of this.clones) {
      if (!this.comms.has(pid)) fail("BadTask", 0, `pid ${pid} has no events`);
    }
  }

  /** Decodes an action and checks its names. */
  private decode(lexed: LexedLine, variables: Variables, fail: Fail): Action | undefined {
    const uses: { use: NameUse; column: number }[] = [];
    const action = decodeAction(lexed, variables, fail, (use, column) =>
      uses.push({ use, column }),
    );
    if (action === undefined) return undefined;
    // A call that is to fail creates and releases nothing.
    const { ret } = action.args as { readonly ret?: number | "any" };
    const fails = typeof ret === "number" && ret < 0;
    for (const { use, column } of uses) {
      if (use.how === "use") this.names.use(use, column, fail);
      else if (!fails) this.names.bind(use, column, fail);
    }
    const releases = specOf(action.name)!.releases;
    if (releases !== undefined && !fails) {
      const name = (action.args as unknown as Record<string, string>)[releases.field];
      this.names.release(releases.kind, name);
    }
    return action;
  }

  private readRepeat(given: Node | null, offset: number, outer: Variables): Repeat[] {
    const { problems } = this.source;
    const node = this.source.resolve(given);
    if (node === undefined) return [];
    if (!isMap(node)) {
      problems.add("WrongType", offset, `repeat is ${describe(node)}`, {
        expected: "{count, events}",
      });
      return [];
    }
    if (outer.size >= repeatDepthMax) {
      problems.add("TooDeep", offset, "repetition inside repetitions", {
        expected: `at most ${repeatDepthMax}`,
      });
      return [];
    }
    const head = readRepeatHead(problems, node, offset, outer);
    if (head === undefined) return [];
    const { variable, from, count, events } = head;
    const comments = ["count", "from", "var"].flatMap((key) => commentsWithin(node.get(key, true)));
    const before = problems.count;
    const items = this.readItems(events, "repeat", new Map([...outer, [variable, from]]));
    const repeat = commented<Repeat>({ kind: "repeat", variable, from, count, items }, comments);
    if (problems.count > before) return [];
    if (outer.size === 0 && this.size([repeat]) > eventsMax) {
      problems.add("TooMany", offset, `${this.size([repeat])} events`, {
        expected: `at most ${eventsMax}`,
      });
      return [];
    }
    if (outer.size === 0) this.checkIterations(repeat, outer, true);
    return [repeat];
  }

  /** Events when repetitions are written out. */
  size(items: readonly Item[]): number {
    return items.reduce(
      (n, item) => n + (item.kind === "event" ? 1 : item.count * this.size(item.items)),
      0,
    );
  }

  /** Decodes the iterations after the first, so that all names and values are known to be good. */
  private checkIterations(repeat: Repeat, outer: Variables, first: boolean): void {
    for (let i = 0; i < repeat.count; i++) {
      const variables = new Map([...outer, [repeat.variable, repeat.from + i]]);
      const done = first && i === 0;
      for (const item of repeat.items) {
        if (item.kind === "repeat") this.checkIterations(item, variables, done);
        else if (item.template !== null && !done) {
          const line = this.lines.get(item)!;
          this.decode(line.lexed, variables, line.fail);
        }
        if (this.source.problems.count > 0) return;
      }
    }
  }
}

function checkBy(lexed: LexedLine, actor: Actor, fail: Fail): boolean {
  if (actor.pid >= 0 || specOf(lexed.name)?.by !== "task") return true;
  fail("BadTask", 0, `the device cannot do ${lexed.name}`, { expected: "comm-pid" });
  return false;
}

function dependsOnVariables(fields: readonly LexedField[]): boolean {
  return fields.some((f) =>
    f.value.kind === "block"
      ? dependsOnVariables(f.value.fields)
      : f.value.kind === "text" && hasVariables(f.value.text),
  );
}
