/** Owns the programs in the documentation: finding them, and running each as a user who copies it would. */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { vi } from "vitest";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const FOLDER = `${ROOT}build/docs-${process.env.WASYNCIO_CORE}`;

/** The pieces of TypeScript in a file, in the order in which they stand. */
export function programsIn(file: string): string[] {
  return [...readFileSync(ROOT + file, "utf8").matchAll(/```ts\n(.*?)```/gs)].map((found) => found[1] ?? "");
}

/** Those that are followed by a block of text, with its lines: what the page says is printed. */
export function programsWithLines(file: string): [program: string, lines: string[]][] {
  const text = readFileSync(ROOT + file, "utf8");
  const found = text.matchAll(/```ts\n((?:(?!```).)*)```\n\n```text\n(.*?)\n```/gs);
  return [...found].map(([, program = "", lines = ""]) => [program, lines.split("\n")]);
}

/**
 * Runs a program and answers the lines that it has printed, reports of the loop and what it has thrown at last included.
 * @param name - of its own among all of this run.
 */
export async function linesPrintedBy(name: string, program: string): Promise<string[]> {
  const printed: string[] = [];
  const note = (...values: unknown[]) => {
    printed.push(
      values.map((value) => (typeof value === "object" ? JSON.stringify(value) : String(value))).join(" "),
    );
  };
  const spies = [
    vi.spyOn(console, "log").mockImplementation(note),
    vi.spyOn(console, "error").mockImplementation(note),
  ];
  mkdirSync(FOLDER, { recursive: true });
  const path = `${FOLDER}/${name}.ts`;
  writeFileSync(path, program);
  try {
    await import(path);
  } catch (error) {
    note(String(error));
  } finally {
    for (const spy of spies) spy.mockRestore();
  }
  return printed.flatMap((text) => text.replace(/\n$/, "").split("\n"));
}
