/**
 * Owns programs that ask for signals: run in processes of Node, Deno and Bun, which are sent the signals for real. A program asks by
 * a line that it prints, so that nothing depends on how fast anyone is.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Child, type ChildOutcome } from "../../hosts/child.ts";
import { bun, type CommandDriver, deno, otherNodes, thisNode } from "../../hosts/process.ts";
import { installedFolder } from "./package.ts";

export const COMMANDS = [thisNode, ...otherNodes, deno, bun];
const TIMEOUT_MS = 20_000;

export interface SignalledOutcome extends ChildOutcome {
  /** The signal that ended the process. */
  readonly signal: NodeJS.Signals | null;
  /** What it printed, without what it asked for. */
  readonly lines: readonly string[];
}

const PREAMBLE = `
  import process from "node:process";
  import {
    CancelledError, ContextVar, createTask, currentTask, getRunningLoop, KeyboardInterrupt, newEventLoop, run, Runner, sleep,
  } from "wasyncio";
  /** Asks the test for a signal. */
  const ask = (signal) => console.log("send " + signal);
  const say = (...words) => console.log(...words);
  const listeners = () => process.listenerCount("SIGINT");
  /** Says how a promise ended. */
  const tell = (promise, whose = "run") => promise.then(
    (value) => say(whose, "gave", value),
    (error) => say(whose, "threw", error.name, error instanceof KeyboardInterrupt),
  );
  const HOUR_MS = 3_600_000;
`;

let written = 0;

/** Runs a program in a process of its own, and sends it the signals that it asks for. */
export async function outcomeOf(
  driver: CommandDriver,
  program: string,
  args?: readonly string[],
): Promise<SignalledOutcome> {
  // A folder for each process of vitest: test files are run at the same time.
  const folder = join(installedFolder(), `signals-${process.pid}`);
  mkdirSync(folder, { recursive: true });
  const file = join(folder, `${written++}.mjs`);
  writeFileSync(file, PREAMBLE + program);
  const [command, before] = driver.command(args);
  const child: Child = new Child(command, [...before, file], {
    cwd: folder,
    timeoutMs: TIMEOUT_MS,
    onLine: (line) => {
      if (line.startsWith("send ")) child.process.kill(line.slice("send ".length) as NodeJS.Signals);
    },
  });
  const outcome = await child.outcome;
  const lines = outcome.stdout.split("\n").filter((line) => line !== "" && !line.startsWith("send "));
  return { ...outcome, lines, signal: child.process.signalCode };
}

export const ENDED_BY_SIGINT = { code: null, signal: "SIGINT", timedOut: false };
export const ENDED_WELL = { code: 0, signal: null, timedOut: false, stderr: "" };
