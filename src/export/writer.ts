// Where an export goes: text and bytes in pieces, so that nothing of it has to be held whole.

/** Takes an export piece by piece. */
export type Write = (part: string | Uint8Array) => void;

const bufferedMax = 1 << 16;

/** Collects lines and hands them on in large pieces. */
export class Lines {
  private text = "";

  constructor(private readonly write: Write) {}

  add(line: string): void {
    this.text += `${line}\n`;
    if (this.text.length > bufferedMax) this.flush();
  }

  flush(): void {
    if (this.text !== "") this.write(this.text);
    this.text = "";
  }
}
