// Output streams: colour only where a person sees it, and readers that stop early.

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
