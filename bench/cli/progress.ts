/** Owns the progress line: rewritten in place on a terminal, otherwise a line for each new step. */

export interface ProgressStream {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

export class Progress {
  private readonly stream: ProgressStream;
  private heading = "";

  constructor(stream: ProgressStream) {
    this.stream = stream;
  }

  /** The next piece of work. */
  begin(heading: string): void {
    this.heading = heading;
    if (this.stream.isTTY) this.show("");
    else this.stream.write(`${heading}\n`);
  }

  /** Its progress; of interest only to someone who watches. */
  show(detail: string): void {
    if (!this.stream.isTTY) return;
    const line = `${this.heading} ${detail}`.slice(0, (this.stream.columns ?? 80) - 1);
    this.stream.write(`\r\x1b[K${line}`);
  }

  /** A line that stays. */
  note(text: string): void {
    this.end();
    this.stream.write(`${text}\n`);
  }

  end(): void {
    if (this.stream.isTTY) this.stream.write("\r\x1b[K");
  }
}
