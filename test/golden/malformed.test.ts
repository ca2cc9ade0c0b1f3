// Malformed goldens: one file each in test/fixtures/malformed-goldens, with its message in
// expected.txt there. MALFORMED_UPDATE=1 writes that file anew, for review.

import fc from "fast-check";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { goldenLimits } from "../../src/golden/golden-error.ts";
import { parseGolden } from "../../src/golden/parse.ts";
import { printGolden } from "../../src/golden/print.ts";

const folder = "test/fixtures/malformed-goldens";
const files = readdirSync(folder)
  .filter((f) => f.endsWith(".golden"))
  .sort();

function problemOf(text: string, file: string): Error {
  try {
    parseGolden(text, file);
  } catch (error) {
    return error as Error;
  }
  throw new Error(`${file} is read without a problem`);
}

const messageOf = (file: string): string =>
  problemOf(readFileSync(`${folder}/${file}`, "utf8"), file).message;

if (process.env["MALFORMED_UPDATE"] !== undefined) {
  writeFileSync(`${folder}/expected.txt`, files.map((f) => `${messageOf(f)}\n`).join(""));
}

const expected = new Map(
  readFileSync(`${folder}/expected.txt`, "utf8")
    .trimEnd()
    .split("\n")
    .map((line) => [line.slice(0, line.indexOf(":")), line]),
);

describe("a malformed golden", () => {
  it.each(files)("%s", (file) => {
    expect(messageOf(file)).toBe(expected.get(file));
  });

  it("has an expectation for every file, and no other", () => {
    expect([...expected.keys()].sort()).toEqual(files);
    expect(files.length).toBeGreaterThanOrEqual(20);
  });

  it("has a located message of one line", () => {
    for (const file of files) expect(messageOf(file)).toMatch(/^[\w-]+\.golden:\d+:\d+: [^\n]+$/);
  });
});

const accepted = readFileSync("golden/linux-7.3/zero-cost/single-job.golden", "utf8");

describe("parseGolden", () => {
  it("reads the accepted goldens back as they are printed", () => {
    const [, command] = /^# reproduce: (.*)$/m.exec(accepted)!;
    expect(printGolden(parseGolden(accepted, "g"), command) === accepted).toBe(true);
    expect(parseGolden(printGolden(parseGolden(accepted, "g")), "g").header.trace).toBe(
      "single-job",
    );
  });

  it("takes no notice of carriage returns at line ends", () => {
    const withReturns = parseGolden(accepted.replaceAll("\n", "\r\n"), "g");
    expect(withReturns).toEqual(parseGolden(accepted, "g"));
  });

  it("keeps kernel messages of several lines, and quoted ones", () => {
    const golden = parseGolden(accepted, "g");
    const log = ["a\nb", '"quoted"', "\r", " leading", "x\\n"].map((text) => {
      return { time: 1, level: "warn", text };
    });
    expect(parseGolden(printGolden({ ...golden, log }), "g").log).toEqual(log);
  });

  /** Any text: a golden or a located `GoldenError`, and what is read prints and reads the same. */
  const check = (text: string): void => {
    let golden;
    try {
      golden = parseGolden(text, "g");
    } catch (error) {
      expect((error as Error).name).toBe("GoldenError");
      const m = /^g:(\d+):(\d+): /.exec((error as Error).message)!;
      expect(Number(m[1])).toBeLessThanOrEqual(text.split("\n").length);
      expect(Number(m[2])).toBeGreaterThan(0);
      return;
    }
    expect(parseGolden(printGolden(golden), "g")).toEqual(golden);
  };

  const lines = accepted.split("\n");
  const start = lines.slice(0, 30);

  it("survives lines lost, doubled, swapped and cut", () => {
    const edit = fc.record({
      op: fc.constantFrom("drop", "double", "swap", "cut", "join"),
      at: fc.nat(start.length - 1),
      to: fc.nat(start.length - 1),
    });
    fc.assert(
      fc.property(fc.array(edit, { minLength: 1, maxLength: 4 }), (edits) => {
        const now = [...start, "[registers]", "[log]"];
        for (const { op, at, to } of edits) {
          if (op === "drop") now.splice(at, 1);
          else if (op === "double") now.splice(at, 0, now[at] ?? "");
          else if (op === "swap") [now[at], now[to]] = [now[to] ?? "", now[at] ?? ""];
          else if (op === "cut") now[at] = (now[at] ?? "").slice(0, to);
          else now.splice(at, 2, `${now[at] ?? ""} ${now[at + 1] ?? ""}`);
        }
        check(now.join("\n"));
      }),
      { numRuns: 300 },
    );
  });

  it("survives words replaced", () => {
    const word = fc.oneof(
      fc.constantFrom('"', "=", "[", "]", "-", "0x", "init=", 'by="', "stages=", "1.000", "#"),
      fc.string({ unit: "binary", maxLength: 6 }),
    );
    fc.assert(
      fc.property(fc.nat(start.length - 1), fc.nat(12), word, (at, n, put) => {
        const now = [...start];
        const words = now[at].split(" ");
        words[n % words.length] = put;
        now[at] = words.join(" ");
        check([...now, "[registers]", "[log]"].join("\n"));
      }),
      { numRuns: 500 },
    );
  });

  it("survives any text behind a right header", () => {
    const header = start.slice(0, 8).join("\n");
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 200 }), (text) => {
        check(`${header}\n${text}`);
        check(text);
      }),
    );
  });

  it("reads a large golden in linear time", () => {
    const body = accepted.slice(accepted.indexOf("[registers]") + 12, accepted.indexOf("[log]"));
    const large = accepted.replace(body, () => body.trimEnd().concat("\n").repeat(200));
    const started = performance.now();
    expect(parseGolden(large, "g").registers.length).toBeGreaterThan(50_000);
    expect(performance.now() - started).toBeLessThan(20_000);
  });

  it("has limits that are located", () => {
    const long = "x".repeat(goldenLimits.lineLengthMax + 1);
    expect(problemOf(`${start.slice(0, 8).join("\n")}\n${long}`, "g").message).toMatch(
      /^g:9:1: line is longer than \d+ characters$/,
    );
  });
});
