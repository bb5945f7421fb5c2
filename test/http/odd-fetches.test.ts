/** Hosts whose fetch is missing, or fails where Node's rarely does. */
import { expect, test } from "vitest";
import { newEventLoop } from "wasyncio";
import { ClientSession } from "wasyncio/http";
import { nodeHost } from "../../src/host/node.ts";
import { nodeNetwork } from "../../src/host/node-network.ts";
import { channelsOf, thrownBy } from "../io/harness.ts";

function loopWith(fetch: unknown) {
  const host = nodeHost({ name: "node", network: nodeNetwork })();
  return newEventLoop({ host: Object.defineProperty(host, "fetch", { value: fetch }) });
}

test("a host without fetch is an error that says so", async () => {
  const loop = loopWith(undefined);
  const error = await loop.runUntilComplete(thrownBy(new ClientSession().get("http://127.0.0.1/")));
  loop.close();
  expect(error.code).toBe("ERR_HOST_UNSUPPORTED");
});

test("a fetch that throws at the call fails the request as one that rejects does", async () => {
  for (const fails of [() => Promise.reject(new TypeError("no")), () => raise(new TypeError("no"))]) {
    const loop = loopWith(fails);
    const error = await loop.runUntilComplete(thrownBy(new ClientSession().get("http://127.0.0.1/")));
    expect([error.code, error.message]).toEqual(["EUNKNOWN", "GET http://127.0.0.1/: no"]);
    expect(channelsOf(loop)).toBe(0);
    loop.close();
  }
});

function raise(error: Error): never {
  throw error;
}

test("of a name with several addresses all failures are in the message", async () => {
  const refused = ["::1", "127.0.0.1"].map((address) => new Error(`connect ECONNREFUSED ${address}:1`));
  const cause = Object.assign(new AggregateError(refused), { code: "ECONNREFUSED" });
  const loop = loopWith(() => Promise.reject(new TypeError("fetch failed", { cause })));
  const error = await loop.runUntilComplete(thrownBy(new ClientSession().get("http://localhost:1/")));
  loop.close();
  expect(error.code).toBe("ECONNREFUSED");
  expect(error.message).toMatch(
    /^GET http:..localhost:1.: connect ECONNREFUSED ::1:1; connect ECONNREFUSED 127.0.0.1:1; nothing is listening/,
  );
});
