// The JSON Schema of trace scripts, for editors: generated from the same tables that the parser
// reads. Event and instruction lines are checked by pattern as far as their names.

import { eventNames, eventSpecs, happeningNames, specOf } from "./events/index.ts";
import type { Fields } from "./field.ts";
import { budgetKeys, headerKeys, optionKeys, sectionDocs, traceVersion } from "./header.ts";
import type { HeaderKey } from "./header.ts";
import { incidentalAspects, incidentalSections } from "./incidental.ts";
import { instructionNames, instructionSpec, instructionSpecs } from "./instruction.ts";
import { commLengthMax, repeatCountMax } from "./limits.ts";
import { promiseStages } from "./promise.ts";

type Json = string | number | boolean | readonly Json[] | { readonly [key: string]: Json };

const duration = "(?:0|[0-9]+(?:\\.[0-9]+)?(?:ns|us|ms|s))";
const timestamp = `(?:\\+${duration}|[0-9]+\\.[0-9]+|${duration})`;

function headerSchema(spec: HeaderKey): Json {
  const { doc: description, fallback, min, max } = spec;
  const bounds = {
    ...(min === undefined ? {} : { minimum: min }),
    ...(max ? { maximum: max } : {}),
  };
  switch (spec.type) {
    case "int":
      return { description, type: "integer", default: fallback, ...bounds };
    case "bool":
      return { description, type: "boolean", default: fallback };
    case "text":
      return { description, type: "string", minLength: 1 };
    case "word":
    case "revision":
      return {
        description,
        type: "string",
        pattern: `^[A-Za-z0-9_][A-Za-z0-9_.-]*${spec.type === "word" ? "" : "(?:[@~][0-9]+)?"}$`,
        ...(fallback === "" ? {} : { default: fallback }),
      };
    case "time":
      return {
        description: `${description} Seconds, or a number with ns, us, ms or s.`,
        type: ["number", "string"],
        pattern: `^(?:[0-9]+\\.[0-9]+|${duration})$`,
      };
    case "size":
      return {
        description: `${description} Bytes, or a number with KiB, MiB or GiB.`,
        type: ["integer", "string"],
        pattern: "^[0-9]+(?:KiB|MiB|GiB)?$",
      };
  }
}

function section(doc: string, keys: Readonly<Record<string, HeaderKey>>): Json {
  const entries = Object.entries(keys).map(([key, spec]) => [key, headerSchema(spec)]);
  return {
    description: doc,
    type: "object",
    additionalProperties: false,
    properties: Object.fromEntries(entries) as Json,
  };
}

/** Lines of text that each are empty, a comment, or match. */
function linesPattern(line: string): string {
  return `^(?:[ \\t]*(?:#[^\\n]*|${line})?(?:\\n|$))*$`;
}

function describeFields(fields: Fields): Json {
  const entries = Object.entries(fields).map(([key, f]): [string, Json] => [
    key,
    {
      description: f.doc,
      type: f.type,
      ...(f.optional ? {} : { required: true }),
      ...(f.many ? { repeatable: true } : {}),
      ...(f.fallback === undefined || f.flag ? {} : { default: f.print(f.fallback) }),
      ...(f.block === null ? {} : { fields: describeFields(f.block) }),
    },
  ]);
  return Object.fromEntries(entries);
}

/** What events and instructions mean: read by people and by editors' plug-ins. */
function vocabulary(): Json {
  const events = eventNames.map((name): [string, Json] => {
    const spec = specOf(name)!;
    return [name, { description: eventSpecs[name].doc, fields: describeFields(spec.fields) }];
  });
  const instructions = instructionNames.map((name): [string, Json] => {
    const operands = describeFields(instructionSpec(name)!.operands);
    return [name, { description: instructionSpecs[name].doc, operands }];
  });
  return { events: Object.fromEntries(events), instructions: Object.fromEntries(instructions) };
}

const reason: Json = { description: "Why it is not promised.", type: "string", minLength: 1 };

/** One or several of `item`. */
const oneOrMore = (item: Json): Json => ({
  anyOf: [item, { type: "array", minItems: 1, items: item }],
});

function incidentalSchema(): Json {
  const forms = incidentalSections.map((key): Json => ({
    type: "object",
    additionalProperties: false,
    required: [key, "what", "reason"],
    properties: {
      [key]: { description: `Pattern of ${key}.`, type: "string", minLength: 1 },
      what: oneOrMore({ type: "string", enum: [...incidentalAspects[key]] }),
      reason,
    },
  }));
  return { description: sectionDocs.incidental, type: "array", items: { oneOf: forms } };
}

function unorderedSchema(): Json {
  const forms = ["registers", "fences"].map((key): Json => ({
    type: "object",
    additionalProperties: false,
    required: [key, "reason"],
    properties: { [key]: { type: "array", minItems: 2, items: { type: "string" } }, reason },
  }));
  return { description: sectionDocs.unordered, type: "array", items: { oneOf: forms } };
}

function knownFindingsSchema(): Json {
  const text = (description: string, pattern: string): Json => ({
    description,
    type: "string",
    pattern,
  });
  return {
    description: sectionDocs.known_findings,
    type: "array",
    items: {
      type: "object",
      additionalProperties: false,
      required: ["check", "text", "reason"],
      properties: {
        check: text("Name of the check.", "^[a-z]+(-[a-z]+)*$"),
        text: text("What it says; * stands for any characters, ? for one.", "[^*? ]"),
        reason: text("Why the driver does that.", "\\S"),
      },
    },
  };
}

/** The JSON Schema (draft-07, which editors' YAML support reads). */
export function traceJsonSchema(): Json {
  const actor = `(?:device|[A-Za-z0-9_./:-]{1,${commLengthMax}}-[0-9]+)`;
  const head = `${actor}(?:[ \\t]+\\[[0-9]{1,3}\\])?(?:[ \\t]+[.dDb][^ \\t\\n]{3,4})?[ \\t]+`;
  const eventLine = `${head}${timestamp}:[ \\t]+(?:${eventNames.join("|")}):[^\\n]*`;
  const faultLine = `(?:${happeningNames.join("|")}):[^\\n]*`;
  const instructionLine = `(?:${instructionNames.join("|")})(?:[ \\t][^\\n]*)?`;
  const stage = `(?:${promiseStages.join("|")})`;
  const promiseLine =
    `(?:fence[ \\t]+[^ \\t\\n]+|every[ \\t]+job)[ \\t]+${stage}` +
    `(?:[ \\t]*(?:<=|\u2264)[ \\t]*[0-9][^\\n]*after[ \\t]+${stage})?(?:[ \\t]*,?[ \\t]*by[ \\t]+[^\\n]+)?`;
  const text = (line: string): Json => ({ type: "string", pattern: linesPattern(line) });
  const list = (line: string): Json => ({ type: "array", items: text(line) });
  const header = Object.entries(headerKeys).map(([key, spec]) => [key, headerSchema(spec)]);
  return {
    $schema: "http://json-schema.org/draft-07/schema#",
    title: `panthor-replay trace script, version ${traceVersion}`,
    type: "object",
    additionalProperties: false,
    required: ["version", "name", "description", "events"],
    properties: {
      ...(Object.fromEntries(header) as { readonly [key: string]: Json }),
      version: { description: headerKeys.version.doc, const: traceVersion },
      options: section(sectionDocs.options, optionKeys),
      budgets: section(sectionDocs.budgets, budgetKeys),
      promises: {
        description: sectionDocs.promises,
        anyOf: [text(promiseLine), list(promiseLine)],
      },
      incidental: incidentalSchema(),
      unordered: unorderedSchema(),
      known_findings: knownFindingsSchema(),
      faults: { description: sectionDocs.faults, anyOf: [text(faultLine), list(faultLine)] },
      streams: {
        description: sectionDocs.streams,
        type: "object",
        additionalProperties: { anyOf: [text(instructionLine), list(instructionLine)] },
      },
      setup: { description: sectionDocs.setup, $ref: "#/definitions/items" },
      events: { description: sectionDocs.events, $ref: "#/definitions/items" },
    },
    definitions: {
      lines: {
        description: "Event lines: `comm-pid [cpu] flags timestamp: event: key=value ...`",
        ...(text(eventLine) as { readonly [key: string]: Json }),
      },
      items: {
        anyOf: [
          { $ref: "#/definitions/lines" },
          {
            type: "array",
            items: { anyOf: [{ $ref: "#/definitions/lines" }, { $ref: "#/definitions/repeat" }] },
          },
        ],
      },
      repeat: {
        type: "object",
        additionalProperties: false,
        required: ["repeat"],
        properties: {
          repeat: {
            description: "Performs events again and again, with a variable: `$i`, `$(i+1)`.",
            type: "object",
            additionalProperties: false,
            required: ["count", "events"],
            properties: {
              count: { type: "integer", minimum: 0, maximum: repeatCountMax },
              from: { type: "integer", minimum: 0, default: 0 },
              var: { type: "string", pattern: "^[a-z][a-z0-9_]{0,15}$", default: "i" },
              events: { $ref: "#/definitions/items" },
            },
          },
        },
      },
    },
    "x-vocabulary": vocabulary(),
  };
}
