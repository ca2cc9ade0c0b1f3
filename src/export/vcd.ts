// Registers, interrupt lines and who runs as a value change dump (IEEE 1364), for waveform viewers.
// A register has the value that was last read or written; a wire is high while its line is raised,
// its interrupt is handled, its task or work item runs, or a fence of its timeline is pending.

import type { StreamEvent } from "../timeline/event-stream.ts";
import { type EventSource, registerAccess } from "./events.ts";
import { Lines, type Write } from "./writer.ts";

interface Variable {
  readonly id: string;
  readonly width: 1 | 32;
  readonly scope: string;
  readonly name: string;
}

/** Printable ASCII, as many characters as it takes. */
function identifier(n: number): string {
  let id = "";
  for (let rest = n; ; rest = Math.floor(rest / 94) - 1) {
    id += String.fromCharCode(33 + (rest % 94));
    if (rest < 94) return id;
  }
}

/** Names in a VCD hold no blanks; viewers stumble over brackets and dots. */
function clean(name: string): string {
  return name.replace(/[^\w:/+-]+/g, "_");
}

type Change = (scope: string, name: string, width: 1 | 32, value: number) => void;

export function writeVcd(source: EventSource, write: Write): void {
  const lines = new Lines(write);
  // All variables are declared before the first change: the events are gone through twice.
  const variables = new Map<string, Variable>();
  for (const { changes } of valueChanges(source)) {
    for (const { scope, name, width } of changes) {
      const key = `${scope} ${name}`;
      if (variables.has(key)) continue;
      variables.set(key, { id: identifier(variables.size), width, scope, name });
    }
  }
  lines.add("$version panthor-replay $end");
  lines.add(`$comment ${clean(source.title)} $end`);
  lines.add("$timescale 1 ns $end");
  for (const scope of [...new Set([...variables.values()].map((v) => v.scope))].sort()) {
    lines.add(`$scope module ${clean(scope)} $end`);
    for (const v of variables.values()) {
      if (v.scope !== scope) continue;
      const range = v.width === 32 ? " [31:0]" : "";
      lines.add(
        `$var ${v.width === 32 ? "reg" : "wire"} ${v.width} ${v.id} ${clean(v.name)}${range} $end`,
      );
    }
    lines.add("$upscope $end");
  }
  lines.add("$enddefinitions $end");
  lines.add("$dumpvars");
  for (const v of variables.values()) lines.add(v.width === 32 ? `bx ${v.id}` : `0${v.id}`);
  lines.add("$end");
  let now = -1;
  const values = new Map<string, number>();
  for (const { time, changes } of valueChanges(source)) {
    for (const { scope, name, value } of changes) {
      const v = variables.get(`${scope} ${name}`)!;
      // A wire that falls and rises at one time would not be seen: only the last value counts there.
      if (values.get(v.id) === value) continue;
      values.set(v.id, value);
      if (time > now) {
        now = time;
        lines.add(`#${now}`);
      }
      lines.add(v.width === 32 ? `b${value.toString(2)} ${v.id}` : `${value}${v.id}`);
    }
  }
  lines.flush();
}

interface Step {
  readonly time: number;
  readonly changes: readonly {
    readonly scope: string;
    readonly name: string;
    readonly width: 1 | 32;
    readonly value: number;
  }[];
}

/** What each event changes; times never go back. */
function* valueChanges(source: EventSource): Generator<Step> {
  const pending = new Map<string, Set<string>>();
  const timelines = new Map<string, string>();
  const handlers = new Map<number, string>();
  const working = new Map<string, number>();
  let time = 0;
  for (const { event: e } of source.events()) {
    const changes: { scope: string; name: string; width: 1 | 32; value: number }[] = [];
    const set: Change = (scope, name, width, value) => changes.push({ scope, name, width, value });
    switch (e.name) {
      case "mmio_read":
      case "mmio_write": {
        const { register, value } = registerAccess(e, source.registers);
        const dot = register.indexOf(".");
        if (value === "-") break;
        set(register.slice(0, dot), register.slice(dot + 1), 32, parseInt(value, 16) >>> 0);
        break;
      }
      case "irq_raise":
      case "irq_lower":
        set("interrupt_lines", e.str("line"), 1, e.name === "irq_raise" ? 1 : 0);
        break;
      case "irq_handler_entry": {
        const name = `${e.num("irq")}_${e.str("name")}`;
        handlers.set(e.num("irq"), name);
        set("interrupt_handlers", name, 1, 1);
        break;
      }
      case "irq_handler_exit": {
        const name = handlers.get(e.num("irq"));
        if (name !== undefined) set("interrupt_handlers", name, 1, 0);
        break;
      }
      case "workqueue_execute_start":
      case "workqueue_execute_end": {
        // Several workers may run one function at a time.
        const name = e.str("function");
        const step = e.name === "workqueue_execute_start" ? 1 : -1;
        const count = Math.max(0, (working.get(name) ?? 0) + step);
        working.set(name, count);
        set("work", name, 1, count > 0 ? 1 : 0);
        break;
      }
      case "sched_switch":
        if (e.num("prev_pid") > 0) set("tasks", taskName(e, "prev"), 1, 0);
        if (e.num("next_pid") > 0) set("tasks", taskName(e, "next"), 1, 1);
        break;
      case "dma_fence_init":
      case "dma_fence_signaled": {
        const fence = `${e.num("context")}:${e.num("seqno")}`;
        // A signalled fence has lost its names: they are those of its creation.
        const name = timelines.get(fence) ?? `${e.num("context")}_${e.str("timeline")}`;
        const open = pending.get(name) ?? new Set<string>();
        pending.set(name, open);
        if (e.name === "dma_fence_init") {
          timelines.set(fence, name);
          open.add(fence);
        } else {
          timelines.delete(fence);
          open.delete(fence);
        }
        set("fences_pending", name, 1, open.size > 0 ? 1 : 0);
        break;
      }
    }
    time = Math.max(time, e.time);
    if (changes.length > 0) yield { time, changes };
  }
}

function taskName(e: StreamEvent, which: "prev" | "next"): string {
  return `${e.str(`${which}_comm`)}-${e.num(`${which}_pid`)}`;
}
