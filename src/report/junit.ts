// The golden gate as JUnit XML, as CI systems read it: a suite for each revision and profile.

import { fails, type GateCase } from "./gate.ts";

/** One XML document. */
export function junitXml(cases: readonly GateCase[]): string[] {
  const suites = new Map<string, GateCase[]>();
  for (const c of cases) {
    const suite = c.name.slice(0, Math.max(0, c.name.lastIndexOf("/")));
    const list = suites.get(suite);
    if (list === undefined) suites.set(suite, [c]);
    else list.push(c);
  }
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="panthor-replay" ${totals(cases)}>`,
    ...[...suites].flatMap(([name, list]) => [
      `  <testsuite name="${escapeXml(name)}" ${totals(list)}>`,
      ...list.flatMap((c) => testcase(name, c)),
      "  </testsuite>",
    ]),
    "</testsuites>",
  ];
}

/** What is no judgement of the driver is an error, not a failure. */
const isError = (c: GateCase): boolean => c.verdict === "bad input" || c.verdict === "defect";

function totals(cases: readonly GateCase[]): string {
  const errors = cases.filter(isError).length;
  const failures = cases.filter(fails).length - errors;
  return `tests="${cases.length}" failures="${failures}" errors="${errors}" skipped="0"`;
}

function testcase(suite: string, c: GateCase): string[] {
  const name = c.name.slice(suite === "" ? 0 : suite.length + 1);
  const attributes = `classname="${escapeXml(suite)}" name="${escapeXml(name)}"`;
  const head = `    <testcase ${attributes} file="${escapeXml(c.file)}"`;
  if (!fails(c)) return [`${head}/>`];
  const tag = isError(c) ? "error" : "failure";
  const what = `type="${escapeXml(c.verdict)}" message="${escapeXml(c.summary)}"`;
  const text = escapeXml(c.lines.join("\n"), true);
  return [`${head}>`, `      <${tag} ${what}>${text}</${tag}>`, "    </testcase>"];
}

// XML 1.0 has no way to write these, not even as references.
const forbidden = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|[\ud800-\udfff]/gu;

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "\n": "&#10;",
  "\t": "&#9;",
  "\r": "&#13;",
};

/** Text as XML; line ends stay as they are between tags and are references in attributes. */
export function escapeXml(text: string, multiline = false): string {
  const special = multiline ? /[&<>"\r]/g : /[&<>"\n\t\r]/g;
  return text.replace(forbidden, "\ufffd").replace(special, (c) => entities[c]);
}
