/** The echo servers and their client: every server answers all of every message, and says how much it has worked. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Conversation } from "../../bench/cli/conversation.ts";
import { thisHost } from "../../bench/cli/hosts.ts";
import { compileClient, kindOf, serversOf, takeTurns } from "../../bench/cli/network.ts";
import { findPython } from "../../bench/cli/python.ts";
import { networkWorkloads } from "../../bench/workloads/network.ts";

/** As it was built. */
const SOURCES = "bench/dist/network";
const RUN_MS = 120_000;
const CONNECTIONS = 7;
/** Enough for a process to grow. */
const CONNECTIONS_IN_MEMORY = 400;

const { python } = await findPython("bench/cpython.py");
const folder = await mkdtemp(join(tmpdir(), "wasyncio-network-test-"));
const client = compileClient(SOURCES, folder);
afterAll(() => rm(folder, { recursive: true }));

describe.skipIf(client === undefined)("the client and the servers", () => {
  beforeAll(() => expect(client).toBeDefined());

  test.each(networkWorkloads)(
    "$name is done in full by every contender",
    { timeout: RUN_MS },
    async (workload) => {
      const servers = serversOf(SOURCES, kindOf(workload), thisHost, python);
      expect(Object.keys(servers)).toEqual(["wasyncio", "node:net", ...(python?.loops ?? [])]);
      const connections = workload.unit === "bytes" ? CONNECTIONS_IN_MEMORY : CONNECTIONS;
      const amounts = { rounds: 2, requests: 60, warmups: 20, sizes: [connections] };
      const results = await takeTurns(workload, client!, servers, amounts);
      expect(results.map(({ figure }) => figure)).toEqual(workload.figures);
      for (const { size, figure, series } of results) {
        expect([size, series.map(({ contender }) => contender)]).toEqual([connections, Object.keys(servers)]);
        for (const { rounds } of series) expect(rounds).toHaveLength(2);
        if (figure.endsWith("elapsed") || figure === "resident")
          for (const { p25 } of series) expect(p25).toBeGreaterThan(0);
      }
    },
  );

  test("the client ends with an error when its server says too little", async () => {
    const script = `require("net").createServer((socket) => socket.once("data", () => socket.end("x")))
      .listen(0, "127.0.0.1", function () { console.log(this.address().port); process.stdin.on("end", process.exit).resume() })`;
    const server = new Conversation(process.execPath, ["-e", script]);
    const [port] = await server.numbers();
    const asked = new Conversation(client!, [`${port}`, "1", "10"]);
    await expect(asked.ask(1)).rejects.toThrow("reading an answer: too little came back");
    await asked.end();
    await server.end();
  });
});
