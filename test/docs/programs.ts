/** Owns the programs in the documentation: finding them, and running each as a user would who copies it. */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { vi } from "vitest";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const FOLDER = `${ROOT}build/docs-${process.env.WASYNCIO_CORE}`;

/** The pieces of TypeScript in a file, in the order in which they stand. */
export function programsIn(file: string): string[] {
  return [...readFileSync(ROOT + file, "utf8").matchAll(/```ts\n(.*?)```/gs)].map((found) => found[1] ?? "");
}

/** Runs a program and answers what it has printed. @param name - of its own among all of this run. */
export async function linesPrintedBy(name: string, program: string): Promise<string[]> {
  const printed: string[] = [];
  const log = vi.spyOn(console, "log").mockImplementation((...values: unknown[]) => {
    printed.push(
      values.map((value) => (typeof value === "object" ? JSON.stringify(value) : String(value))).join(" "),
    );
  });
  mkdirSync(FOLDER, { recursive: true });
  const path = `${FOLDER}/${name}.ts`;
  writeFileSync(path, program);
  try {
    await import(path);
  } finally {
    log.mockRestore();
  }
  return printed;
}
