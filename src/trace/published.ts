// What scripts/trace-schema.mjs publishes in docs/: the JSON Schema and the reference tables.

export { traceJsonSchema } from "./json-schema.ts";
export { tablesBegin, tablesEnd, traceTables } from "./doc-tables.ts";
