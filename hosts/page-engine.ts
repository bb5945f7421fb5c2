/**
 * What distinguishes one browser engine from the others: how it is found and how it is opened. Also what all of them
 * share for evaluating something: each takes a text and returns one. Knows no engine.
 */
import { existsSync } from "node:fs";
import type { Browser, BrowserPage } from "./browser.ts";
import { runChild } from "./child.ts";
import type { HostSearch, Json } from "./driver.ts";
import { commandsNamed } from "./process.ts";

export interface BrowserEngine {
  readonly name: string;
  /** Checks whether the engine and its driver are present. Never throws. */
  find(): Promise<HostSearch>;
  /** Starts the browser. */
  open(): Promise<Browser>;
}

/** A page size that fits a screenshot, in CSS pixels. */
export const VIEWPORT = { width: 1280, height: 800 } as const;

/** How long a browser may take to start, in milliseconds; Firefox on a busy machine takes longest. */
export const START_TIMEOUT_MS = 60_000;

/** How long a page may take to load, in milliseconds. */
export const LOAD_TIMEOUT_MS = 60_000;

/** How long closing anything may take, in milliseconds, before it is killed. */
export const CLOSE_TIMEOUT_MS = 5_000;

/** The path of the first command that exists, of those that may start a browser. */
export function commandFound(names: readonly string[]): string | undefined {
  return names.flatMap(commandsNamed).find((path) => existsSync(path));
}

/** Checks for both a command and the package that drives it. */
export async function findBrowser(
  command: string | undefined,
  howToGetCommand: string,
  driver: { readonly name: string; readonly load: () => Promise<unknown> },
): Promise<HostSearch> {
  if (command === undefined) return { found: false, howToGet: howToGetCommand };
  try {
    await driver.load();
  } catch {
    return { found: false, howToGet: `npm install ${driver.name}` };
  }
  const version = await versionOf(command);
  return version === undefined
    ? { found: false, howToGet: `${howToGetCommand} (${command} does not run)` }
    : { found: true, version };
}

/** The version that a command reports, or undefined if it does not run. Never throws. */
export async function versionOf(
  command: string,
  env: Readonly<Record<string, string>> = {},
): Promise<string | undefined> {
  try {
    const { code, stdout } = await runChild(command, ["--version"], { timeoutMs: 30_000, env });
    return code === 0 ? /\d+(?:\.\d+)+\w*/.exec(stdout)?.[0] : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Evaluates an expression with an engine that can evaluate one to a text. Values and errors travel as JSON, so that they
 * are the same on all engines.
 */
export async function evaluateAsText(
  expression: string,
  evaluate: (expression: string) => Promise<unknown>,
): Promise<Json> {
  const text = await evaluate(`(async () => {
    try {
      return JSON.stringify({ value: await (${expression}\n) });
    } catch (error) {
      const stack = String(error?.stack ?? "");
      return JSON.stringify({ error: stack.includes(String(error)) ? stack : String(error) + "\\n" + stack });
    }
  })()`);
  const { value, error } = JSON.parse(text as string) as { value?: Json; error?: string };
  if (error !== undefined) throw new Error(error);
  return value ?? null;
}

/** Waits for something to close, but not for ever. Returns whether it was closed. */
export async function closedInTime(closing: Promise<unknown>): Promise<boolean> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(resolve, CLOSE_TIMEOUT_MS, false);
  });
  try {
    return await Promise.race([
      closing.then(
        () => true,
        () => false,
      ),
      late,
    ]);
  } finally {
    clearTimeout(timer);
  }
}

export type { Browser, BrowserPage };
