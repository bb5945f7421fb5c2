/** PageServer: serves what was added, on the loopback interface, and nothing else. */
import { request } from "node:http";
import { fileURLToPath } from "node:url";
import { afterEach, expect, test } from "vitest";
import { PageServer } from "../../hosts/page-server.ts";

const file = fileURLToPath(new URL("./program.mjs", import.meta.url));
const program = { file, config: { a: "ä" }, timeoutMs: 1000 };
let server: PageServer;

afterEach(() => server?.close());

/** Not `fetch`, which tidies paths up. */
function statusOf(origin: string, path: string, method = "GET"): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const asking = request(origin, { path, method, agent: false }, (response) => {
      response.resume();
      resolve(response.statusCode);
    });
    asking.once("error", reject).end();
  });
}

test("serves a page, its scripts and the program, each with its type", async () => {
  server = await PageServer.start({ worker: false, isolated: true });
  const { url } = server.add(program, () => {});
  expect(new URL(url).hostname).toBe("127.0.0.1");
  for (const [name, type] of [
    ["", "text/html"],
    ["page.js", "text/javascript"],
    ["worker.js", "text/javascript"],
    ["run.js", "text/javascript"],
    ["program.js", "text/javascript"],
    ["config.json", "application/json"],
  ]) {
    const response = await fetch(url + name);
    expect(response.status, name).toBe(200);
    expect(response.headers.get("content-type"), name).toBe(`${type}; charset=utf-8`);
    expect(response.headers.get("cross-origin-opener-policy"), name).toBe("same-origin");
    expect(response.headers.get("cross-origin-embedder-policy"), name).toBe("require-corp");
  }
  expect(await (await fetch(`${url}config.json`)).json()).toEqual({ a: "ä" });
});

test("leaves the headers of isolation out where pages are to be as everybody's", async () => {
  server = await PageServer.start({ worker: false, isolated: false });
  const { headers } = await fetch(server.add(program, () => {}).url);
  expect(headers.get("cross-origin-opener-policy")).toBeNull();
  expect(headers.get("cross-origin-embedder-policy")).toBeNull();
});

test("serves nothing else, and nothing any more once it is taken away", async () => {
  server = await PageServer.start({ worker: false, isolated: true });
  const { url, remove } = server.add(program, () => {});
  const { origin } = new URL(url);
  for (const path of [
    "/",
    "/1",
    "/1/program.mjs",
    "/1/../1/program.js",
    "/1/..%2f..%2fpackage.json",
    `/1/${file}`,
    file,
    "/2/",
  ]) {
    expect(await statusOf(origin, path), path).toBe(404);
  }
  expect(await statusOf(origin, "/1/program.js", "POST")).toBe(404);
  expect(await statusOf(origin, "/1/lines")).toBe(404);
  expect(await statusOf(origin, "/1/program.js")).toBe(200);
  remove();
  expect(await statusOf(origin, "/1/program.js")).toBe(404);
  expect(await statusOf(origin, "/1/lines", "POST")).toBe(404);
});

test("passes each program's lines to its own listener", async () => {
  server = await PageServer.start({ worker: false, isolated: true });
  const heard: string[][] = [[], []];
  const urls = heard.map((lines) => server.add(program, (line) => void lines.push(line)).url);
  await fetch(`${urls[1]}lines`, { method: "POST", body: JSON.stringify(["b", "ü"]) });
  await fetch(`${urls[0]}lines`, { method: "POST", body: JSON.stringify(["a"]) });
  expect(heard).toEqual([["a"], ["b", "ü"]]);
  await expect(fetch(`${urls[0]}lines`, { method: "POST", body: "no JSON" })).rejects.toThrow();
});

test("close ends it with its connections, and may be repeated", async () => {
  server = await PageServer.start({ worker: false, isolated: true });
  const { url } = server.add(program, () => {});
  await (await fetch(url)).text();
  await server.close();
  await server.close();
  await expect(fetch(url)).rejects.toThrow();
});
