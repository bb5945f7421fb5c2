/** Runs the programs of README.md, each as a user would who copies it. */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, it, vi } from "vitest";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const FOLDER = `${ROOT}build/readme-${process.env.WASYNCIO_CORE}`;
const programs = [...readFileSync(`${ROOT}README.md`, "utf8").matchAll(/```ts\n(.*?)```/gs)].map(
  (found) => found[1],
);

/** What each of them prints, in the order in which they stand. */
const PRINTED = [["Hello, Ada Hello, Grace", "Hello, Linus"], [], ["hello\n"], ['200 {"status":"fine"}'], []];

const server = createServer((_request, response) => response.end('{"status":"fine"}'));
beforeAll(() => new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening)));
afterAll(() => new Promise((closed) => server.close(closed)));

it("README.md has as many programs as are known here", () => {
  expect(programs).toHaveLength(PRINTED.length);
});

it.each(PRINTED.map((lines, index) => [index + 1, lines] as const))(
  "program %i prints what it is to print",
  async (number, lines) => {
    const printed: string[] = [];
    const log = vi.spyOn(console, "log").mockImplementation((...values: unknown[]) => {
      printed.push(
        values.map((value) => (typeof value === "object" ? JSON.stringify(value) : String(value))).join(" "),
      );
    });
    const { port } = server.address() as AddressInfo;
    mkdirSync(FOLDER, { recursive: true });
    const path = `${FOLDER}/program${number}.ts`;
    writeFileSync(path, (programs[number - 1] ?? "").replace("127.0.0.1:8080", `127.0.0.1:${port}`));
    try {
      await import(path);
    } finally {
      log.mockRestore();
    }
    expect(printed).toEqual(lines);
  },
);
