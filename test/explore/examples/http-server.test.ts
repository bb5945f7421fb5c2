/** The HTTP server of the examples, explored: clients that share it, that go away, and that are cut off, in a simulated network. */
import { describe, expect, it } from "vitest";
import { type Coroutine, gather, getRunningLoop, openConnection, sleep } from "wasyncio";
import { type ExploredRun, explore, type SeededRandom, SimulatedNetwork } from "wasyncio/testing";
import { serveHttp } from "../../../examples/http-server/streams.ts";

const RUNS = 100;
const PORT = 8080;

/** A program with a server that answers each request after a while, and has nothing to do any more at the end. */
function withServer(
  body: (network: SimulatedNetwork, random: SeededRandom) => Coroutine<void>,
): (run: ExploredRun) => Coroutine<void> {
  return function* ({ seed, random }) {
    const network = new SimulatedNetwork({ seed, link: { latencyMs: 1 } });
    getRunningLoop().setNetwork(network);
    let handling = 0;
    const server = yield* serveHttp(function* ({ path }) {
      handling++;
      try {
        yield* sleep(3);
        return { body: `this is ${path}` };
      } finally {
        handling--;
      }
    }, PORT);
    try {
      yield* body(network, random);
    } finally {
      server.closeClients();
      server.close();
      yield* server.waitClosed();
    }
    expect(handling).toBe(0);
  };
}

function* get(path: string): Coroutine<string> {
  const [reader, writer] = yield* openConnection("127.0.0.1", PORT);
  try {
    writer.write(`GET ${path} HTTP/1.1\r\nconnection: close\r\n\r\n`);
    const text = new TextDecoder().decode(yield* reader.read());
    return text.slice(text.indexOf("\r\n\r\n") + 4);
  } finally {
    writer.transport.abort();
  }
}

describe("serveHttp", () => {
  const clients = withServer(function* () {
    const paths = ["/a", "/b", "/c"];
    const answers = yield* gather(...paths.map(get), { returnExceptions: true });
    for (const [i, answer] of answers.entries())
      if (typeof answer === "string" && answer !== "") expect(answer).toBe(`this is ${paths[i]}`);
  });

  it("gives each client its own answer, whoever is cancelled", async () => {
    await explore(clients, { runs: RUNS, cancellations: true });
  });

  const cutOff = withServer(function* (network, random) {
    function* cut(): Coroutine<void> {
      yield* sleep(random.below(8));
      network.reset("main");
    }
    yield* gather(get("/a"), cut(), get("/b"), { returnExceptions: true });
    yield* sleep(5);
  });

  it("takes it that clients are cut off", async () => {
    await explore(cutOff, { runs: RUNS });
  });
});
