// wrk, and whoever else speaks HTTP, against the server in examples/http-server.

import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { openConnection, run, type Server, sleep } from "wasyncio";
import { serveHttp } from "../../examples/http-server/streams.ts";
import { runChild } from "../../hosts/child.ts";
import { bun, deno, thisNode } from "../../hosts/process.ts";
import { freePort, listening, startPeer, withCommand } from "./found.ts";

const decoder = new TextDecoder();

async function withServer(body: (port: number) => Promise<void>): Promise<void> {
  await run(async () => {
    const server: Server = await serveHttp(function* ({ path, method, body }) {
      if (path === "/slow") yield* sleep(20);
      if (path === "/broken") throw new Error("broken");
      return method === "POST" ? { body } : { headers: { "x-path": path }, body: `hello from ${path}` };
    }, 0);
    await server.with(() => body(server.addresses[0]?.port as number), { graceMs: 0 });
  });
}

withCommand("wrk", "wrk", (path) => {
  test("wrk gets its answers, all of them good", async () => {
    await withServer(async (port) => {
      const args = ["-t1", "-c50", "-d2s", `http://127.0.0.1:${port}/`];
      const { stdout } = await runChild(path, args, { timeoutMs: 20_000 });
      expect(stdout).toMatch(/[1-9]\d* requests in/);
      expect(stdout).not.toMatch(/Non-2xx|Socket errors/);
    });
  });
});

withCommand("wrk", "wrk", (path) => {
  test.for([thisNode, deno, bun])("wrk and the server for real use on $name", async (driver, { skip }) => {
    if (driver.path === undefined && process.env.CI === undefined) skip("the host is not on this machine");
    const port = await freePort();
    const [file, args] = driver.command();
    const program = fileURLToPath(new URL("../../build/examples/http-server/serve.js", import.meta.url));
    startPeer(file, [...args, program, String(port)]);
    await listening(port);
    const url = `http://127.0.0.1:${port}/path`;
    expect(await (await fetch(url)).text()).toBe("You asked for /path\n");
    const { stdout } = await runChild(path, ["-t1", "-c20", "-d1s", url], { timeoutMs: 20_000 });
    expect(stdout).toMatch(/[1-9]\d* requests in/);
    expect(stdout).not.toMatch(/Non-2xx|Socket errors/);
  });
});

test("requests of fetch, one after the other and at a time, with bodies and without", async () => {
  await withServer(async (port) => {
    const url = `http://127.0.0.1:${port}`;
    const texts = await Promise.all(
      Array.from({ length: 20 }, async (_, i) => await (await fetch(`${url}/${i % 2 ? "slow" : i}`)).text()),
    );
    expect(texts[1]).toBe("hello from /slow");
    const large = "x".repeat(500_000);
    expect(await (await fetch(url, { method: "POST", body: large })).text()).toBe(large);
    expect((await fetch(`${url}/broken`)).status).toBe(500);
    expect((await fetch(url, { method: "HEAD" })).headers.get("content-length")).toBe("12");
  });
});

test.each([
  [
    "GET / HTTP/1.1\r\n\r\nGET /two HTTP/1.1\r\nconnection: close\r\n\r\n",
    /200 OK[\s\S]*hello from \/[\s\S]*200 OK[\s\S]*\/two$/,
  ],
  ["nonsense\r\n\r\n", /^HTTP\/1.1 400 /],
  [`GET / HTTP/1.1\r\nx: ${"y".repeat(50_000)}\r\n\r\n`, /^HTTP\/1.1 431 /],
  ["POST / HTTP/1.1\r\ncontent-length: 99999999\r\n\r\n", /^HTTP\/1.1 413 /],
  ["POST / HTTP/1.1\r\ncontent-length: 10\r\n\r\nhalf", /^HTTP\/1.1 400 /],
  ["POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n", /^HTTP\/1.1 501 /],
  ["GET / HTTP/1.1\r\nbad header\r\n\r\n", /^HTTP\/1.1 400 /],
])("%j is answered", async (request, answer) => {
  await withServer(async (port) => {
    const [reader, writer] = await openConnection("127.0.0.1", port);
    writer.write(request);
    writer.writeEof();
    expect(decoder.decode(await reader.read())).toMatch(answer);
    writer.close();
  });
});
