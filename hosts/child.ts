/**
 * Owns the processes that are started here: each has a group of its own, which is ended as a whole, by id, when it is no longer
 * needed, takes too long, or when this process ends first. Knows nothing of what runs in them.
 */
import { type ChildProcess, spawn } from "node:child_process";

export interface ChildOptions {
  readonly cwd?: string;
  /** Descriptors of this process's that the child has as its own from 3 on. */
  readonly inherits?: readonly number[];
  /** Added to this process's environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** After this time the child and everything it started are ended, in milliseconds. */
  readonly timeoutMs?: number;
  /** Called with each line of the child's standard output. */
  readonly onLine?: (line: string) => void;
}

export interface ChildOutcome {
  /** The exit status; null where a signal ended it. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly timedOut: boolean;
}

/** How much of a child's output is kept, in characters: the end of it. */
const OUTPUT_LENGTH_MAX = 16 * 1024 * 1024;

const live = new Set<number>();
let watching = false;

/** A process that was started and is ended by `end`. */
export class Child {
  readonly outcome: Promise<ChildOutcome>;
  readonly process: ChildProcess;
  private readonly pid: number | undefined;
  private stdout = "";
  private stderr = "";

  constructor(file: string, args: readonly string[], options: ChildOptions = {}) {
    endAllWithThisProcess();
    this.process = spawn(file, args, {
      cwd: options.cwd,
      env: { ...process.env, ...options.env },
      stdio: ["ignore", "pipe", "pipe", ...(options.inherits ?? [])],
      // A group of its own: browsers and xvfb-run start processes that would outlive them.
      detached: true,
    });
    this.pid = this.process.pid;
    if (this.pid !== undefined) live.add(this.pid);
    this.outcome = this.follow(options);
  }

  /** Ends the child and everything it started. Resolves when it is gone. */
  async end(): Promise<void> {
    killGroup(this.pid);
    await this.outcome.catch(() => {});
  }

  private follow({ timeoutMs, onLine }: ChildOptions): Promise<ChildOutcome> {
    let timedOut = false;
    const timer =
      timeoutMs === undefined
        ? undefined
        : setTimeout(() => {
            timedOut = true;
            killGroup(this.pid);
          }, timeoutMs);
    let line = "";
    this.process.stdout?.setEncoding("utf8").on("data", (text: string) => {
      this.stdout = (this.stdout + text).slice(-OUTPUT_LENGTH_MAX);
      if (onLine === undefined) return;
      const lines = (line + text).split("\n");
      line = lines.pop() as string;
      for (const complete of lines) onLine(complete);
    });
    this.process.stderr?.setEncoding("utf8").on("data", (text: string) => {
      this.stderr = (this.stderr + text).slice(-OUTPUT_LENGTH_MAX);
    });
    return new Promise((resolve, reject) => {
      this.process.once("error", (error) => {
        clearTimeout(timer);
        reject(error);
      });
      this.process.once("exit", () => {
        clearTimeout(timer);
        // What it started and left running would hold its output open.
        killGroup(this.pid);
      });
      this.process.once("close", (code) => {
        if (this.pid !== undefined) live.delete(this.pid);
        resolve({ code, stdout: this.stdout, stderr: this.stderr, timedOut });
      });
    });
  }
}

/** Runs a program to its end. Throws only if it cannot be started. */
export function runChild(
  file: string,
  args: readonly string[],
  options?: ChildOptions,
): Promise<ChildOutcome> {
  return new Child(file, args, options).outcome;
}

function killGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, "SIGKILL");
  } catch {
    // No process of the group is left.
  }
}

function endAllWithThisProcess(): void {
  if (watching) return;
  watching = true;
  const endAll = () => {
    for (const pid of live) killGroup(pid);
  };
  process.once("exit", endAll);
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.once(signal, () => {
      endAll();
      process.kill(process.pid, signal);
    });
  }
}
