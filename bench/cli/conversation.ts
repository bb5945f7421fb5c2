/** Owns talking to a process by lines: what is written to its standard input is answered by a line on its standard output. */
import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";

/** How long an answer may take. */
const TIMEOUT_MS = 60_000;

export class Conversation {
  private readonly child: ChildProcessByStdio<Writable, Readable, Readable>;
  private readonly lines: AsyncIterator<string>;
  private readonly about: string;
  private errors = "";

  constructor(file: string, args: readonly string[]) {
    this.about = [file, ...args].join(" ");
    this.child = spawn(file, args, { stdio: ["pipe", "pipe", "pipe"] });
    this.child.stderr.setEncoding("utf8").on("data", (text: string) => {
      this.errors += text;
    });
    // What is wrong is reported where an answer is waited for.
    this.child.on("error", (error) => {
      this.errors += error.message;
    });
    this.child.stdin.on("error", () => {});
    this.lines = createInterface(this.child.stdout)[Symbol.asyncIterator]();
  }

  get pid(): number {
    return this.child.pid!;
  }

  /** The numbers of its next line. */
  async numbers(): Promise<number[]> {
    const late = setTimeout(() => this.child.kill("SIGKILL"), TIMEOUT_MS);
    const { done, value } = await this.lines.next();
    clearTimeout(late);
    if (done) throw new Error(`${this.about}: ended without an answer: ${this.errors}`);
    return (value as string).split(" ").map(Number);
  }

  ask(question: string | number): Promise<number[]> {
    this.child.stdin.write(`${question}\n`);
    return this.numbers();
  }

  async end(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null || this.child.pid === undefined)
      return;
    const ended = once(this.child, "exit");
    this.child.stdin.end();
    const late = setTimeout(() => this.child.kill("SIGKILL"), TIMEOUT_MS);
    await ended;
    clearTimeout(late);
  }
}
