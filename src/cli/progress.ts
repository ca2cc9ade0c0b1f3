// Progress of long work: one line on a terminal, nothing elsewhere.

import { isCi } from "./ci.ts";

export interface Progress {
  readonly update: (text: string) => void;
  readonly end: () => void;
}

/** Progress on `stream`; `env` is the process environment, for CI and TERM. */
export function makeProgress(
  stream: Pick<NodeJS.WriteStream, "write" | "columns" | "isTTY"> = process.stderr,
  env: NodeJS.ProcessEnv = process.env,
): Progress {
  if (!stream.isTTY || isCi(env) || env["TERM"] === "dumb") {
    return { update: () => undefined, end: () => undefined };
  }
  return {
    update: (text) => {
      const width = (stream.columns ?? 80) - 1;
      stream.write(`\r\u001b[2K${text.slice(0, width)}`);
    },
    end: () => {
      stream.write("\r\u001b[2K");
    },
  };
}
