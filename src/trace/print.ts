// Trace scripts back to text: canonical YAML that parses to the same trace.

import { atTheEnd, type Commented } from "./comments.ts";
import { budgetKeys, headerKeys, optionKeys, type HeaderKey } from "./header.ts";
import { printFields } from "./line.ts";
import { printAction, printLineHead } from "./print-event.ts";
import { printPromise } from "./promise.ts";
import { printInstruction } from "./stream.ts";
import type { EventLine, Item, Trace } from "./trace.ts";
import { printSeconds, printSize } from "./units.ts";

/** The lines of comments, indented; none where they are not asked for. */
type Notes = (comments: readonly string[] | undefined, indent: number) => string[];

const allNotes: Notes = (comments = [], indent) =>
  comments.map((text) => `${" ".repeat(indent)}# ${text}`);
const noNotes: Notes = () => [];

/** The trace as canonical YAML; without its comments, unless they are asked for. */
export function printTrace(trace: Trace, { comments = false } = {}): string {
  const notes = comments ? allNotes : noNotes;
  const head = trace.comments ?? {};
  const out: string[] = [];
  const put = (key: string, ...lines: readonly string[]): void => {
    if (lines.length > 0) out.push(...notes(head[key], 0), ...lines);
  };
  for (const [key, spec] of Object.entries(headerKeys)) {
    const value = trace[key as keyof typeof headerKeys];
    if ((spec as HeaderKey).required === true || value !== spec.fallback) {
      put(key, `${key}: ${printValue(value, spec)}`);
    }
  }
  put("options", ...section("options", trace.options, optionKeys));
  put("budgets", ...section("budgets", trace.budgets, budgetKeys));
  const { promises, incidental, unordered, known_findings, faults, streams, setup, events } = trace;
  const list = <A extends Commented>(
    key: string,
    items: readonly A[],
    print: (item: A) => readonly string[],
  ): void => {
    if (items.length === 0) return;
    put(key, `${key}:`, ...items.flatMap((item) => [...notes(item.comments, 2), ...print(item)]));
  };
  list("promises", promises, (p) => [`  - ${scalar(printPromise(p))}`]);
  list("incidental", incidental, ({ section: of, pattern, what, reason }) => [
    `  - ${of}: ${escaped(pattern)}`,
    `    what: [${what.join(", ")}]`,
    `    reason: ${escaped(reason)}`,
  ]);
  list("unordered", unordered, ({ section: of, patterns, reason }) => [
    `  - ${of}: [${patterns.map(escaped).join(", ")}]`,
    `    reason: ${escaped(reason)}`,
  ]);
  list("known_findings", known_findings, ({ check, text, reason }) => [
    `  - check: ${check}`,
    `    text: ${escaped(text)}`,
    `    reason: ${escaped(reason)}`,
  ]);
  list("faults", faults, (fault) => [`  - ${scalar(printAction(fault))}`]);
  list("streams", streams, ({ name, code }) => {
    const lines = code.flatMap((i) => [...notes(i.comments, 0), printInstruction(i)]);
    return [lines.length === 0 ? `  ${scalar(name)}: []` : `  ${scalar(name)}: ${block(lines, 4)}`];
  });
  if (setup.length > 0) put("setup", "setup:", ...printItems(setup, 2, notes));
  put("events", events.length === 0 ? "events: []" : "events:", ...printItems(events, 2, notes));
  out.push(...notes(head[atTheEnd], 0));
  return `${out.join("\n")}\n`;
}

function section(
  name: string,
  values: Readonly<Record<string, unknown>>,
  keys: Readonly<Record<string, HeaderKey>>,
): string[] {
  const lines = Object.entries(keys)
    .filter(([key, spec]) => values[key] !== spec.fallback)
    .map(([key, spec]) => `  ${key}: ${printValue(values[key], spec)}`);
  return lines.length === 0 ? [] : [`${name}:`, ...lines];
}

function printValue(value: unknown, spec: HeaderKey): string {
  if (spec.type === "time") return printSeconds(value as number);
  if (spec.type === "size") return printSize(value as number);
  return typeof value === "string" ? scalar(value) : String(value);
}

/** Words that YAML takes for something other than text. */
const notText = /^(?:true|false|null|yes|no|on|off|y|n|~|0x.*|[-+.0-9].*)$/i;

function scalar(text: string): string {
  const plain = /^[A-Za-z_][\w .,()/-]*$/.test(text) && !notText.test(text) && !/\s$/.test(text);
  if (plain) return text;
  return /^[\x20-\x7e]*$/.test(text) ? `"${text.replace(/[\\"]/g, "\\$&")}"` : escaped(text);
}

/** YAML's double-quoted style takes JSON's escapes. */
function escaped(text: string): string {
  return JSON.stringify(text).replace(
    /[\x7f-\uffff]/g,
    (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/** A literal block, or a list where a line does not fit into one. */
function block(lines: readonly string[], indent: number): string {
  const pad = " ".repeat(indent);
  return ["|", ...lines.map((line) => pad + line)].join("\n");
}

function printItems(items: readonly Item[], indent: number, notes: Notes): string[] {
  const pad = " ".repeat(indent);
  const out: string[] = [];
  let run: string[] = [];
  const flush = (): void => {
    if (run.length > 0) out.push(`${pad}- ${block(run, indent + 4)}`);
    run = [];
  };
  for (const item of items) {
    if (item.kind === "event") {
      const line = printLine(item);
      if (/^[\x20-\x7e]+$/.test(line)) {
        run.push(...notes(item.comments, 0), line);
        continue;
      }
      flush();
      out.push(...notes(item.comments, indent), `${pad}- ${escaped(line)}`);
      continue;
    }
    flush();
    const from = item.from === 0 ? [] : [`${pad}    from: ${item.from}`];
    const variable = item.variable === "i" ? [] : [`${pad}    var: ${scalar(item.variable)}`];
    const body = item.items.length === 0 ? " []" : "";
    out.push(...notes(item.comments, indent));
    out.push(`${pad}- repeat:`, `${pad}    count: ${item.count}`, ...from, ...variable);
    out.push(`${pad}    events:${body}`, ...printItems(item.items, indent + 6, notes));
  }
  flush();
  return out;
}

function printLine(item: EventLine): string {
  const { event, template } = item;
  const head = printLineHead(event.actor, event.cpu, event.at);
  if (template === null) return head + printAction(event.action);
  return `${head}${template.name}:${printFields(template.fields)}`;
}
