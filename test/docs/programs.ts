/** Finds the programs in a page of Markdown and runs them, each as a user would who copies it. Knows no page. */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { vi } from "vitest";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

export interface Program {
  readonly source: string;
  /** The block of text that follows: what the page says is printed. */
  readonly printed: readonly string[];
}

/** The page's blocks of TypeScript that import the package; those that do not are fragments. */
export function programsOf(page: string): Program[] {
  const text = readFileSync(ROOT + page, "utf8");
  return [...text.matchAll(/```ts\n(.*?)```(?:\n\n```text\n(.*?)\n```)?/gs)]
    .map(([, source = "", printed]) => ({ source, printed: printed?.split("\n") ?? [] }))
    .filter(({ source }) => source.includes('from "wasyncio'));
}

/** The page's pieces of TypeScript, in the order in which they stand. */
export function programsIn(page: string): string[] {
  return [...readFileSync(ROOT + page, "utf8").matchAll(/```ts\n(.*?)```/gs)].map((found) => found[1] ?? "");
}

/** Runs a program in a module of its own. @returns the lines that it prints, with the error at the end that it throws. */
export async function linesPrintedBy(name: string, source: string): Promise<string[]> {
  const folder = `${ROOT}build/docs-${process.env.WASYNCIO_CORE}`;
  mkdirSync(folder, { recursive: true });
  writeFileSync(`${folder}/${name}.ts`, source);
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
  try {
    await import(`${folder}/${name}.ts`);
  } catch (error) {
    printed.push(String(error));
  } finally {
    for (const spy of spies) spy.mockRestore();
  }
  return printed.flatMap((text) => text.replace(/\n$/, "").split("\n"));
}
