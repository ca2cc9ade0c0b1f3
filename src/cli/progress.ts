// Progress of long work: one line on a terminal, nothing elsewhere.

export interface Progress {
  readonly update: (text: string) => void;
  readonly end: () => void;
}

export function makeProgress(stream: NodeJS.WriteStream = process.stderr): Progress {
  if (!stream.isTTY || process.env["CI"] !== undefined) {
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
