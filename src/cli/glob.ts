// Patterns of paths: `*` and `?` within a name, `**` for any folders. Hidden files are left out.

import { readdirSync } from "node:fs";
import { join } from "node:path";

/** Files under `base` that a pattern names, in code unit order; empty when there are none. */
export function glob(base: string, pattern: string): string[] {
  const out: string[] = [];
  expand(base, pattern.split("/"), 0, out);
  return [...new Set(out)].sort();
}

function expand(dir: string, parts: readonly string[], at: number, out: string[]): void {
  const part = parts[at];
  const last = at === parts.length - 1;
  if (part === "**" && !last) {
    expand(dir, parts, at + 1, out);
    for (const entry of entries(dir)) {
      if (entry.isDirectory()) expand(join(dir, entry.name), parts, at, out);
    }
    return;
  }
  if (!last && !isPattern(part)) {
    expand(part === "" ? "/" : join(dir, part), parts, at + 1, out);
    return;
  }
  const matches = matcher(part);
  for (const entry of entries(dir)) {
    if (!matches(entry.name)) continue;
    const path = join(dir, entry.name);
    if (!last && entry.isDirectory()) expand(path, parts, at + 1, out);
    else if (last && !entry.isDirectory()) out.push(path);
  }
}

/** What is in a folder; nothing where there is none, as a pattern over it matches nothing. */
function entries(dir: string) {
  try {
    return readdirSync(dir, { withFileTypes: true }).filter((e) => !e.name.startsWith("."));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") return [];
    throw error;
  }
}

const isPattern = (part: string): boolean => /[*?]/.test(part);

function matcher(part: string): (name: string) => boolean {
  const source = part
    .replace(/[.+^${}()|[\]\\]/g, "\\$&")
    .replace(/\*+/g, "[^/]*")
    .replace(/\?/g, "[^/]");
  const pattern = new RegExp(`^${source}$`);
  return (name) => pattern.test(name);
}
