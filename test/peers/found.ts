/**
 * Owns the other programs that the tests talk to: each is found by its command, started on a free port of the loopback
 * interface, and ended by its id. One that is not there is a skip that says what to install, and with CI=true a failure.
 */
import { existsSync } from "node:fs";
import { connect, createServer } from "node:net";
import { delimiter, join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { Child, type ChildOptions } from "../../hosts/child.ts";

const PATIENCE_MS = 10_000;

/** The path of a command, or undefined. */
export function commandPath(name: string): string | undefined {
  const folders = ["/usr/bin", "/usr/sbin", ...(process.env.PATH ?? "").split(delimiter)];
  return folders.map((folder) => join(folder, name)).find((path) => existsSync(path));
}

/** Tests with this command, if it is there. */
export function withCommand(name: string, debianPackage: string, tests: (path: string) => void): void {
  const path = commandPath(name);
  test(`${name} is on this machine`, ({ skip }) => {
    if (path === undefined && process.env.CI === undefined) skip(`apt-get install ${debianPackage}`);
    expect(path).toBeDefined();
  });
  if (path !== undefined) tests(path);
}

/** A port that nobody has, a moment ago. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.on("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}

/** Starts a program, which is ended with the test. */
export function startPeer(path: string, args: readonly string[], options: ChildOptions = {}): Child {
  const child = new Child(path, args, options);
  onTestFinished(() => child.end());
  return child;
}

/** Waits until somebody listens on the port. */
export async function listening(port: number): Promise<void> {
  const endMs = Date.now() + PATIENCE_MS;
  while (!(await answers(port))) {
    if (Date.now() > endMs) throw new Error(`nobody listens on port ${port}`);
    await new Promise((again) => setTimeout(again, 10));
  }
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.on("error", () => resolve(false));
    socket.on("connect", () => {
      socket.destroy();
      resolve(true);
    });
  });
}
