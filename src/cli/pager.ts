// Long listings: through the user's pager on a terminal, straight to standard output elsewhere.

import { spawn } from "node:child_process";
import type { Writable } from "node:stream";
import { once } from "node:events";

export interface Sink {
  /** False when nobody reads any more. */
  write(text: string): Promise<boolean>;
  end(): Promise<void>;
}

/** The sink of a listing. `PAGER` is a command; empty or `cat` for none. */
export function openSink(
  stdout: NodeJS.WriteStream = process.stdout,
  env: NodeJS.ProcessEnv = process.env,
): Sink {
  const pager = env["PAGER"] ?? "less";
  if (stdout.isTTY !== true || pager === "" || pager === "cat" || env["TERM"] === "dumb") {
    return streamSink(stdout, async () => undefined);
  }
  // Colours pass, a listing shorter than the screen is just printed.
  const child = spawn(pager, {
    shell: true,
    stdio: ["pipe", "inherit", "inherit"],
    env: { LESS: "FRX", ...env },
  });
  const closed = once(child, "close");
  return streamSink(child.stdin, async () => {
    child.stdin.end();
    await closed;
  });
}

function streamSink(stream: Writable, end: () => Promise<void>): Sink {
  let open = true;
  const closed = new Promise<void>((resolve) => {
    const stop = (): void => {
      open = false;
      resolve();
    };
    stream.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code !== "EPIPE") throw error;
      stop();
    });
    stream.on("close", stop);
  });
  return {
    async write(text) {
      if (!open) return false;
      // A reader that goes away while we wait must not leave us waiting.
      if (!stream.write(text)) await Promise.race([once(stream, "drain"), closed]);
      return open;
    },
    end,
  };
}
