// Reads golden files back (print.ts writes them), with located errors.

import { type StageName, stageNames } from "../timeline/completion.ts";
import { type FailAt, splitWords, unquote } from "./words.ts";
import {
  type DeclaredRow,
  goldenFormat,
  type FenceRow,
  type Golden,
  type LogRow,
  type RegisterRow,
} from "./model.ts";
import { GoldenError, goldenLimits } from "./golden-error.ts";
import { parseRepeat } from "./repeats.ts";
import { plainRegister, type Shared } from "./register-line.ts";

/** Reads a golden file's text. Throws `GoldenError`. */
export function parseGolden(text: string, file: string): Golden {
  if (text.length > goldenLimits.bytesMax) {
    throw new GoldenError(file, 1, 1, `file is larger than ${goldenLimits.bytesMax} bytes`);
  }
  return new GoldenParser(text, file).parse();
}

const sections = ["fences", "registers", "log"] as const;
const allSections = ["incidental", ...sections] as const;
type Section = (typeof allSections)[number];

class GoldenParser {
  private readonly lines: string[];
  private line = 0;
  private readonly shared: Shared = new Map();
  private header: Record<string, string> = {};

  constructor(
    text: string,
    private readonly file: string,
  ) {
    // A checkout may have put carriage returns at the ends of lines.
    this.lines = text.split(/\r?\n/);
  }

  parse(): Golden {
    this.parseHeader();
    const fences: FenceRow[] = [];
    const registers: RegisterRow[] = [];
    const log: LogRow[] = [];
    const declared: DeclaredRow[] = [];
    const names = new Set<string>();
    const seen = new Set<Section>();
    let section: Section | null = null;
    for (; this.line < this.lines.length; this.line++) {
      const text = this.lines[this.line];
      if (text.length > goldenLimits.lineLengthMax) {
        this.fail(1, `line is longer than ${goldenLimits.lineLengthMax} characters`);
      }
      if (text === "" || text.startsWith("#")) continue;
      if (/^(<{7}|={7}|>{7})( |$)/.test(text)) {
        this.fail(1, "unresolved merge conflict", "accept the trace again");
      }
      if (text.startsWith("[")) {
        section = this.parseSection(text, seen);
        continue;
      }
      if (section === null) this.fail(1, "entry before the first section", "expected [fences]");
      if (section === "fences") fences.push(this.parseFence(text, names));
      else if (section === "registers") {
        if (text.startsWith("...")) this.repeatRegister(text, registers);
        else registers.push(this.parseRegister(text, registers));
      } else if (section === "incidental") declared.push(this.parseDeclared(text));
      else log.push(this.parseLog(text));
    }
    for (const s of sections) {
      if (!seen.has(s)) this.fail(1, `section [${s}] is missing`, "the file may be cut off");
    }
    const [trace = "", traceDigest = ""] = (this.header["trace"] ?? "").split(" ");
    return {
      header: {
        format: goldenFormat,
        trace,
        traceDigest,
        revision: this.header["revision"] ?? "",
        profile: this.header["profile"] ?? "",
        seed: Number(this.header["seed"] ?? 0),
      },
      fences,
      registers,
      log,
      ...(seen.has("incidental") ? { declared } : {}),
    };
  }

  private readonly failer: FailAt = (column, reason) => this.fail(column, reason);

  private fail(column: number, reason: string, hint = ""): never {
    const line = Math.min(this.line + 1, this.lines.length);
    throw new GoldenError(this.file, line, column, reason, hint);
  }

  private parseHeader(): void {
    const m = /^# panthor-replay golden (\d+)$/.exec(this.lines[0] ?? "");
    if (m === null) {
      this.fail(1, "not a golden file", `expected "# panthor-replay golden ${goldenFormat}"`);
    }
    if (Number(m[1]) !== goldenFormat) {
      this.fail(
        26,
        `golden format ${m[1]}, this version reads format ${goldenFormat}`,
        "accept the trace again with this version",
      );
    }
    for (this.line = 1; this.line < this.lines.length; this.line++) {
      const h = /^# ([a-z]+): (.*)$/.exec(this.lines[this.line]);
      if (h === null) break;
      const [, key, value] = h;
      if (this.header[key] !== undefined) this.fail(3, `header has two "# ${key}:" lines`);
      if (key === "seed" && !/^\d{1,16}$/.test(value)) {
        this.fail(9, `seed ${value} is not a whole number`);
      }
      if (key === "trace" && !/^\S+ [0-9a-f]+$/.test(value)) {
        this.fail(10, `${value} is not a trace and its digest`);
      }
      this.header[key] = value;
    }
    for (const key of ["trace", "revision", "profile", "seed"]) {
      if (this.header[key] === undefined) this.fail(1, `header has no "# ${key}:" line`);
    }
  }

  private parseSection(text: string, seen: Set<Section>): Section {
    const name = text.slice(1, -1);
    const section = allSections.find((s) => s === name);
    if (section === undefined || !text.endsWith("]")) {
      this.fail(1, `unknown section ${text}`, `expected one of [${allSections.join("], [")}]`);
    }
    if (seen.has(section)) this.fail(1, `section [${section}] appears twice`);
    seen.add(section);
    return section;
  }

  private parseFence(text: string, names: Set<string>): FenceRow {
    const words = splitWords(text, this.failer);
    if (words.length < 4) this.fail(1, "a fence line has at least 4 words");
    if (!/^\d+:\d+$/.test(words[0].text)) {
      this.fail(words[0].column, `${words[0].text} is not context:seqno`);
    }
    if (names.has(words[0].text)) this.fail(1, `fence ${words[0].text} appears twice`);
    names.add(words[0].text);
    const row = {
      fence: words[0].text,
      driver: words[1].text,
      timeline: words[2].text,
      init: -1,
      queued: -1,
      run: -1,
      signalled: -1,
      error: 0,
      by: "",
      path: [] as string[],
      stages: [] as (readonly [StageName, number])[],
    };
    let untimed = false;
    const given = new Set<string>();
    for (const { text: word, column, key, value } of words.slice(3)) {
      const field = word === "pending" ? word : key;
      if (given.has(field)) this.fail(column, `fence field ${field} appears twice`);
      given.add(field);
      if (field === "pending") continue;
      switch (key) {
        case "init":
        case "queued":
        case "run":
        case "signalled":
          if (value === "~") untimed = true;
          row[key] = value === "~" ? 0 : this.time(value, column);
          if (row[key] < 0) this.fail(column, `${word} is before the start of the comparison`);
          break;
        case "error":
          row.error = this.integer(value, column);
          break;
        case "by":
          row.by = value;
          break;
        case "path":
          row.path = value.split(" < ");
          break;
        case "stages":
          row.stages = value.split(",").map((s) => this.stage(s, column));
          break;
        default:
          this.fail(
            column,
            `unknown fence field ${word}`,
            "expected init, queued, run, signalled, error, by, path or stages",
          );
      }
    }
    if (row.init < 0) this.fail(1, `fence ${row.fence} has no init time`);
    if (given.has("pending") === given.has("signalled")) {
      this.fail(1, `fence ${row.fence} is neither or both of pending and signalled`);
    }
    if (!untimed) return row;
    for (const key of ["init", "queued", "run", "signalled"] as const) {
      const column = words.find((w) => w.key === key && w.value !== "~")?.column;
      if (column !== undefined) this.fail(column, "all times of a fence are ~, or none");
    }
    if (row.stages.length > 0) this.fail(1, `fence ${row.fence} has stages but no times`);
    return { ...row, untimed };
  }

  private parseDeclared(text: string): DeclaredRow {
    const m = /^((?:[^":]|"(?:[^"\\]|\\.)*")+): (\S.*)$/.exec(text);
    if (m === null) this.fail(1, "a line of [incidental] is: what: reason");
    return { what: m[1], reason: m[2] };
  }

  private stage(text: string, column: number): readonly [StageName, number] {
    const plus = text.indexOf("+");
    const name = stageNames.find((s) => s === text.slice(0, plus));
    if (name === undefined) {
      this.fail(column, `unknown stage ${text}`, `expected ${stageNames.slice(1).join(", ")}`);
    }
    return [name, this.time(text.slice(plus + 1), column)];
  }

  private parseRegister(text: string, before: readonly RegisterRow[]): RegisterRow {
    const plain = plainRegister(text, this.shared);
    if (plain !== null) return plain;
    const words = splitWords(text, this.failer);
    if (words.length < 6) {
      this.fail(1, "a register line is: time cpu context R|W BLOCK.REGISTER value [fields]");
    }
    const [time, cpu, context, direction, register, value] = words;
    if (direction.text !== "R" && direction.text !== "W") {
      this.fail(direction.column, `${direction.text} is not R or W`);
    }
    const m = /^(?:0x([0-9a-f]{8})|[-~])$/.exec(value.text);
    if (m === null)
      this.fail(value.column, `${value.text} is not a 32-bit value`, "0x and 8 digits");
    const untimed = time.text === "~";
    return {
      // Without a time of its own it stands where the one before it does.
      time: untimed ? (before.at(-1)?.time ?? 0) : this.time(time.text, time.column),
      cpu: this.integer(cpu.text, cpu.column),
      context: context.text,
      direction: direction.text,
      register: register.text,
      value: m[1] ?? value.text,
      fields: words.length > 6 ? text.slice(words[6].column - 1) : "",
      ...(untimed ? { untimed } : {}),
    };
  }

  /** The accesses that a line stands for which says how often the one before it comes again. */
  private repeatRegister(text: string, registers: RegisterRow[]): void {
    const repeat = parseRepeat(text);
    if (repeat === null) {
      this.fail(1, "a line of repetitions is: ... and COUNT times more, each STEP later");
    }
    const row = registers.at(-1);
    if (row === undefined || row.untimed === true) {
      this.fail(1, "no access with a time stands before what is repeated");
    }
    const step = this.time(repeat.step, text.indexOf(repeat.step, text.indexOf("each")) + 1);
    if (step < 0) this.fail(1, "what is repeated comes later, not earlier");
    if (registers.length + repeat.count > goldenLimits.accessesMax) {
      this.fail(1, `more than ${goldenLimits.accessesMax} register accesses`);
    }
    for (let i = 1; i <= repeat.count; i++) {
      registers.push({ ...row, time: row.time + i * step });
    }
  }

  private parseLog(text: string): LogRow {
    const m = /^(\S+) (\w+) (.*)$/.exec(text);
    if (m === null) this.fail(1, "a log line is: time level text");
    const [, time, level, message] = m;
    const column = text.length - message.length + 1;
    return { time: this.time(time, 1), level, text: unquote(message, column, this.failer) };
  }

  private time(text: string, column: number): number {
    const m = /^(-?)(\d{1,12})\.(\d{3})$/.exec(text);
    if (m === null) this.fail(column, `${text} is not a time`, "microseconds with three decimals");
    const ns = Number(m[2]) * 1000 + Number(m[3]);
    return m[1] === "-" ? -ns : ns;
  }

  private integer(text: string, column: number): number {
    if (!/^-?\d{1,9}$/.test(text)) this.fail(column, `${text} is not a whole number`);
    return Number(text);
  }
}
