// What the workers of the tests' queue may be asked for.
import { appendFileSync } from "node:fs";

export const inc = (/** @type {number} */ n) => n + 1;
export const echo = (/** @type {unknown} */ value) => value;
export const wait = (/** @type {number} */ ms) => new Promise((resolve) => setTimeout(resolve, ms, ms));
export const pid = () => process.pid;
export function fail() {
  throw new RangeError("as asked", { cause: new TypeError("the cause") });
}
export function* count(/** @type {number} */ n) {
  for (let i = 1; i <= n; i++) yield i;
  return "counted";
}
/** Fails until the file has as many lines. */
export async function failUntil(/** @type {string} */ file, /** @type {number} */ lines) {
  const { readFileSync } = await import("node:fs");
  appendFileSync(file, "tried\n");
  if (readFileSync(file, "utf8").split("\n").length - 1 < lines) throw new Error("not yet");
  return "at last";
}
/** Says that it was begun, and by whom, and takes its time. */
export async function slow(
  /** @type {string} */ file,
  /** @type {number} */ index,
  /** @type {number} */ ms,
) {
  appendFileSync(file, `${index}\n`);
  await wait(ms);
  return index;
}
export function endless() {
  for (;;);
}
