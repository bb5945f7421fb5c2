/** Runs the programs of README.md. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, expect, it } from "vitest";
import { linesPrintedBy, programsIn } from "./programs.ts";

const programs = programsIn("README.md");

/** What each of them prints, in the order in which they stand. */
const PRINTED = [
  ["Hello, Ada Hello, Grace", "Hello, Linus"],
  ["Ada has left", "Grace has left", "closed"],
  ["hello"],
  ['200 {"status":"fine"}'],
  [],
];

const server = createServer((_request, response) => response.end('{"status":"fine"}'));
beforeAll(() => new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening)));
afterAll(() => new Promise((closed) => server.close(closed)));

it("README.md has as many programs as are known here", () => {
  expect(programs).toHaveLength(PRINTED.length);
});

it.each(PRINTED.map((lines, index) => [index + 1, lines] as const))(
  "program %i prints what it is to print",
  async (number, lines) => {
    const { port } = server.address() as AddressInfo;
    const program = (programs[number - 1] ?? "").replace("127.0.0.1:8080", `127.0.0.1:${port}`);
    expect(await linesPrintedBy(`readme${number}`, program)).toEqual(lines);
  },
);
