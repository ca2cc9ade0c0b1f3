// The name that a recording's trace gets: that of the file, or of its folder where the file is just
// called `trace`.

import { basename, dirname, resolve } from "node:path";

const endings = /(?:\.(?:gz|zst|txt|dat|pftrace|perfetto-trace|trace|ftrace|log))+$/i;

export function recordingName(path: string): string {
  const whole = resolve(path);
  const own = basename(whole).replace(endings, "");
  const name = /^(?:trace|trace_pipe|recording)?$/i.test(own) ? basename(dirname(whole)) : own;
  return name.replace(/[^\w.-]+/g, "-").slice(0, 64) || "recording";
}
