// Trace scripts back to text: canonical YAML that parses to the same trace.

import { budgetKeys, headerKeys, optionKeys, type HeaderKey } from "./header.ts";
import { printFields } from "./line.ts";
import { printAction, printLineHead } from "./print-event.ts";
import { printPromise } from "./promise.ts";
import { printInstruction } from "./stream.ts";
import type { EventLine, Item, Trace } from "./trace.ts";
import { printSeconds, printSize } from "./units.ts";

/** The trace as canonical YAML. */
export function printTrace(trace: Trace): string {
  const out: string[] = [];
  for (const [key, spec] of Object.entries(headerKeys)) {
    const value = trace[key as keyof typeof headerKeys];
    if ((spec as HeaderKey).required === true || value !== spec.fallback) {
      out.push(`${key}: ${printValue(value, spec)}`);
    }
  }
  out.push(...section("options", trace.options, optionKeys));
  out.push(...section("budgets", trace.budgets, budgetKeys));
  out.push(...declarations(trace));
  if (trace.faults.length > 0) {
    out.push("faults:", ...trace.faults.map((f) => `  - ${scalar(printAction(f))}`));
  }
  if (trace.streams.length > 0) out.push("streams:");
  for (const { name, code } of trace.streams) {
    const lines = code.map(printInstruction);
    out.push(
      lines.length === 0 ? `  ${scalar(name)}: []` : `  ${scalar(name)}: ${block(lines, 4)}`,
    );
  }
  if (trace.setup.length > 0) out.push("setup:", ...printItems(trace.setup, 2));
  out.push(trace.events.length === 0 ? "events: []" : "events:", ...printItems(trace.events, 2));
  return `${out.join("\n")}\n`;
}

/** What the trace promises beyond its golden, and what it does not promise. */
function declarations({ promises, incidental, unordered }: Trace): string[] {
  const out: string[] = [];
  if (promises.length > 0) {
    out.push("promises:", ...promises.map((p) => `  - ${scalar(printPromise(p))}`));
  }
  const list = (words: readonly string[]): string => `[${words.map(escaped).join(", ")}]`;
  if (incidental.length > 0) out.push("incidental:");
  for (const { section: key, pattern, what, reason } of incidental) {
    out.push(`  - ${key}: ${escaped(pattern)}`, `    what: [${what.join(", ")}]`);
    out.push(`    reason: ${escaped(reason)}`);
  }
  if (unordered.length > 0) out.push("unordered:");
  for (const { section: key, patterns, reason } of unordered) {
    out.push(`  - ${key}: ${list(patterns)}`, `    reason: ${escaped(reason)}`);
  }
  return out;
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

function printItems(items: readonly Item[], indent: number): string[] {
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
        run.push(line);
        continue;
      }
      flush();
      out.push(`${pad}- ${escaped(line)}`);
      continue;
    }
    flush();
    const from = item.from === 0 ? [] : [`${pad}    from: ${item.from}`];
    const variable = item.variable === "i" ? [] : [`${pad}    var: ${scalar(item.variable)}`];
    const body = item.items.length === 0 ? " []" : "";
    out.push(`${pad}- repeat:`, `${pad}    count: ${item.count}`, ...from, ...variable);
    out.push(`${pad}    events:${body}`, ...printItems(item.items, indent + 6));
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
