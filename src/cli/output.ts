// Output streams: colour only where a person sees it, and readers that stop early.

import * as Console from "effect/Console";
import * as Effect from "effect/Effect";

/** Colour is for terminals, unless NO_COLOR (https://no-color.org) says otherwise. */
export function wantsColour(
  stream: { readonly isTTY?: boolean } = process.stdout,
  env: NodeJS.ProcessEnv = process.env,
): boolean {
  return stream.isTTY === true && (env["NO_COLOR"] ?? "") === "" && env["TERM"] !== "dumb";
}

/** A reader that has seen enough (`| head -1`) closes the pipe: no error, the verdict counts. */
export function ignoreClosedPipes(
  streams: readonly NodeJS.WriteStream[] = [process.stdout, process.stderr],
): void {
  for (const stream of streams) {
    stream.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code !== "EPIPE") throw error;
    });
  }
}

const escapes = new RegExp("\u001b\\[[0-9;]*m", "g");

/** The console of the command line library, which colours its help whatever it writes to. */
export function plainConsole(): Console.Console {
  const write = (stream: NodeJS.WriteStream, args: readonly unknown[]): Effect.Effect<void> =>
    Effect.sync(() => {
      const text = args.map(String).join(" ");
      stream.write(`${wantsColour(stream) ? text : text.replace(escapes, "")}\n`);
    });
  const out = (...args: readonly unknown[]): Effect.Effect<void> => write(process.stdout, args);
  const err = (...args: readonly unknown[]): Effect.Effect<void> => write(process.stderr, args);
  const base = Effect.runSync(Effect.console);
  return { ...base, log: out, info: out, error: err, warn: err };
}
