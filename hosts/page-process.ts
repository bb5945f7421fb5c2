/**
 * Owns what a browser leaves on the machine while it runs: its processes and the one folder that holds its profile and
 * everything else it writes. Both are gone when it has ended, however this process ends. Knows no browser.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync } from "node:fs";
import { rm } from "node:fs/promises";
import type { Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { Child } from "./child.ts";

/**
 * Reads the ids of process groups, one per line, until their writer is gone; then it ends and removes everything. With a signal
 * that can be handled first, since a display that is simply killed leaves its socket.
 */
const GUARD = `
  groups=
  while read -r id; do groups="$groups -$id"; done
  if [ -n "$groups" ]; then
    kill -s TERM -- $groups
    sleep 1
    kill -s KILL -- $groups
  fi
  until rm -rf -- "$1"; do sleep 1; done
`;

/** How much of a process's output is kept for a message, in characters. */
const SAID_LENGTH_MAX = 4_000;

export interface BrowserProcessOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** What it prints when it is ready; the first group is what to extract, such as its port. */
  readonly ready: RegExp;
  /** Where it prints that. */
  readonly output: "stdout" | "stderr";
  readonly timeoutMs: number;
}

/** The processes of one browser, and their folder. */
export class BrowserProcesses {
  readonly folder: string;
  private readonly children: Child[] = [];
  private readonly guard: ChildProcess;
  private ended: Promise<void> | undefined;

  constructor(name: string) {
    this.folder = mkdtempSync(join(tmpdir(), `wasyncio-${name}-`));
    for (const part of ["home", "tmp"]) mkdirSync(join(this.folder, part));
    // Its input ends with this process, even if nothing here can run any more.
    this.guard = spawn("/bin/sh", ["-c", GUARD, "guard", this.folder], {
      stdio: ["pipe", "ignore", "ignore"],
      detached: true,
    });
    this.guard.on("error", () => {});
    this.guard.stdin?.on("error", () => {});
    this.guard.unref();
    (this.guard.stdin as Socket | null)?.unref();
  }

  /** Starts a process and waits until it reports that it is ready. Returns the process and what was extracted. */
  async start(
    file: string,
    args: readonly string[],
    { env, ready, output, timeoutMs }: BrowserProcessOptions,
  ): Promise<readonly [child: Child, known: string]> {
    const child = this.spawn(file, args, env);
    const stream = child.process[output] as Readable;
    let said = "";
    let timer: ReturnType<typeof setTimeout> | undefined;
    const known = new Promise<string>((resolve, reject) => {
      const hear = (text: string) => {
        said = (said + text).slice(-SAID_LENGTH_MAX);
        const match = ready.exec(said);
        if (match === null) return;
        stream.off("data", hear);
        resolve(match[1] ?? "");
      };
      stream.on("data", hear);
      const fail = (why: string) => reject(new Error(`${file} ${why}\n${said}`));
      timer = setTimeout(() => fail(`was not ready after ${timeoutMs} ms`), timeoutMs);
      child.outcome.then(({ code }) => fail(`ended with ${code} before it was ready`), reject);
    });
    try {
      return [child, await known];
    } finally {
      clearTimeout(timer);
    }
  }

  /** Starts a process; its temporary files and its settings are in the folder. */
  spawn(file: string, args: readonly string[], env: Readonly<Record<string, string>> = {}): Child {
    const home = join(this.folder, "home");
    const child = new Child(file, args, {
      env: {
        HOME: home,
        XDG_CONFIG_HOME: join(home, "config"),
        XDG_CACHE_HOME: join(home, "cache"),
        XDG_DATA_HOME: join(home, "data"),
        TMPDIR: join(this.folder, "tmp"),
        // None that it would start itself and that would outlive it.
        DBUS_SESSION_BUS_ADDRESS: "disabled:",
        ...env,
      },
    });
    // Code that waits for the outcome gets it; none has to.
    child.outcome.catch(() => {});
    if (child.process.pid !== undefined) this.guard.stdin?.write(`${child.process.pid}\n`);
    this.children.push(child);
    return child;
  }

  /** Ends all processes and removes the folder. May be repeated. */
  end(): Promise<void> {
    this.ended ??= this.endAll();
    return this.ended;
  }

  private async endAll(): Promise<void> {
    await Promise.all(this.children.map((child) => child.end()));
    await rm(this.folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 });
    this.guard.kill("SIGKILL");
  }
}
