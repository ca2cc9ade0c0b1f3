// Ioctl arguments as short text for the timeline: `handle=1 size=0x1000 syncs=[{...}]`.
// Addresses, sizes and masks print in hex, other numbers in decimal; undefined fields not at all.

const hexFields = new Set([
  "flags",
  "va",
  "size",
  "boOffset",
  "streamAddr",
  "offset",
  "userVaRange",
  "computeCoreMask",
  "fragmentCoreMask",
  "tilerCoreMask",
  "ringbufSize",
  "chunkSize",
]);

function valueText(key: string, value: unknown): string {
  if (typeof value === "number") return hexFields.has(key) ? hex(value) : String(value);
  if (typeof value === "bigint") return `0x${value.toString(16)}`;
  if (Array.isArray(value)) return `[${value.map((v) => valueText(key, v)).join(",")}]`;
  if (value === null) return "null";
  if (typeof value === "object") return `{${argsText(value)}}`;
  return String(value);
}

const hex = (n: number): string => (n < 0 ? `-0x${(-n).toString(16)}` : `0x${n.toString(16)}`);

/** The fields of an argument structure in their own order. */
export function argsText(args: object): string {
  let text = "";
  for (const key of Object.keys(args)) {
    const value = (args as Readonly<Record<string, unknown>>)[key];
    if (value === undefined) continue;
    if (text !== "") text += " ";
    text += `${key}=${valueText(key, value)}`;
  }
  return text;
}
