// What the command line says and returns when a command cannot be carried out.

import { exitCode } from "./exit-codes.ts";
import { isInputError } from "./input-error.ts";

/** Prints an error that ended a command and sets the exit code. */
export function reportFailure(error: unknown): void {
  process.stderr.write(`panthor-replay: ${(error as Error).message ?? String(error)}\n`);
  process.exitCode = isInputError(error) ? exitCode.badInput : exitCode.defect;
}
