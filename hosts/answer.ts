/** Owns what becomes of a process that has run a program for a host: its answer, or the error that says why there is none. */
import type { ChildOutcome } from "./child.ts";
import type { Json } from "./driver.ts";

/** What a process prints before the JSON of its program's answer, on a line of its own. */
export const ANSWER = "answer of the program: ";

/** What a wrapper around a program stores: its result, or what it threw. */
type Stored = { readonly value: Json } | { readonly error: string; readonly message: string };

/** The text of the answer. Throws if the process timed out, failed, or left none. */
export function answerTextOf(
  name: string,
  { code, stderr, timedOut }: ChildOutcome,
  text: string | undefined,
  timeoutMs: number,
): string {
  if (timedOut) throw new Error(`${name}: not done after ${timeoutMs} ms\n${stderr}`);
  if (code === 0 && text !== undefined) return text;
  throw new Error(`${name} ended with ${code} and ${text === undefined ? "no" : "an"} answer\n${stderr}`);
}

/** What a wrapper has stored as its answer. Throws what the program threw. */
export function storedAnswerOf(
  name: string,
  outcome: ChildOutcome,
  text: string | undefined,
  timeoutMs: number,
): Json {
  const stored = JSON.parse(answerTextOf(name, outcome, text, timeoutMs)) as Stored;
  if ("error" in stored) throw new Error(`${name}: ${stored.message}\n${stored.error}\n${outcome.stderr}`);
  return stored.value;
}
