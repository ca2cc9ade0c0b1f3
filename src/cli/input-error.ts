// Problems that the user can fix. Their message says where: exit code 129.

/** An argument, option or file that cannot be used. */
export class InputError extends Error {
  override readonly name: string = "InputError";
}

/** An option with a value that it does not take. */
export class OptionArgumentError extends InputError {
  override readonly name = "OptionArgumentError";
}

/** True for errors of this and other folders that stand for bad input, not for a defect. */
export function isInputError(error: unknown): error is Error {
  return error instanceof Error && inputErrors.has(error.name);
}

const inputErrors = new Set([
  "InputError",
  "OptionArgumentError",
  "GoldenError",
  "GoldenFileError",
  "RecordingError",
  "RecordingSetError",
]);
