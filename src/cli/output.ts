// Output streams, and the console of the command line library on them.

import * as Console from "effect/Console";
import * as Effect from "effect/Effect";
import { wantsColour } from "./streams.ts";

export { ignoreClosedPipes, wantsColour } from "./streams.ts";

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
