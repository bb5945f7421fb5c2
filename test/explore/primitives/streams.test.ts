/**
 * Streams and servers, explored on a simulated network: whoever is cancelled, and wherever it waits, no connection is left open, so
 * that a server that is closed ends.
 */
import { describe, expect, it } from "vitest";
import {
  type Coroutine,
  gather,
  getRunningLoop,
  openConnection,
  type StreamReader,
  type StreamWriter,
  startServer,
  TimeoutError,
  timeout,
} from "wasyncio";
import { type ExploredRun, explore, SimulatedNetwork } from "wasyncio/testing";

const RUNS = 100;
const PORT = 7;

function* echo(reader: StreamReader, writer: StreamWriter): Coroutine<void> {
  try {
    for (;;) {
      const bytes = yield* reader.read(100);
      if (bytes.length === 0) return;
      writer.write(bytes);
      yield* writer.drain();
    }
  } finally {
    writer.close();
  }
}

function* ask(text: string): Coroutine<string> {
  const [reader, writer] = yield* openConnection("127.0.0.1", PORT);
  try {
    writer.write(text);
    return new TextDecoder().decode(yield* reader.readexactly(text.length));
  } finally {
    writer.close();
    yield* writer.waitClosed();
  }
}

async function askAsync(text: string): Promise<string> {
  const [reader, writer] = await openConnection("127.0.0.1", PORT);
  try {
    writer.write(text);
    return new TextDecoder().decode(await reader.readexactly(text.length));
  } finally {
    writer.close();
    await writer.waitClosed();
  }
}

/** A program with an echo server, which ends when all of its connections are closed. */
function withEcho(body: () => Coroutine<void>): (run: ExploredRun) => Coroutine<void> {
  return function* ({ seed }) {
    getRunningLoop().setNetwork(new SimulatedNetwork({ seed, link: { latencyMs: 1 } }));
    const server = yield* startServer(echo, "127.0.0.1", PORT);
    try {
      yield* body();
    } finally {
      server.close();
      yield* server.waitClosed();
    }
  };
}

const TEXTS = ["one", "two", "three"];

const programs = {
  "generators that ask": withEcho(function* () {
    const answers = yield* gather(...TEXTS.map(ask), { returnExceptions: true });
    for (const [i, answer] of answers.entries())
      if (typeof answer === "string") expect(answer).toBe(TEXTS[i]);
  }),

  "async functions that ask": withEcho(function* () {
    const answers = yield* gather(...TEXTS.map((text) => () => askAsync(text)), { returnExceptions: true });
    for (const [i, answer] of answers.entries())
      if (typeof answer === "string") expect(answer).toBe(TEXTS[i]);
  }),

  "those whose time is up as they are connected": withEcho(function* () {
    function* impatient(timeoutMs: number): Coroutine<void> {
      try {
        yield* timeout(timeoutMs, () => ask("hello"));
      } catch (error) {
        if (!(error instanceof TimeoutError)) throw error;
      }
    }
    yield* gather(...[1, 2, 3, 4, 5].map(impatient), { returnExceptions: true });
  }),
};

describe.each(Object.entries(programs))("%s", (_name, program) => {
  it.each(["random", "pct"] as const)("leave no connection open (%s)", async (strategy) => {
    await explore(program, { strategy, runs: RUNS });
  });

  it("leave none open where one is cancelled", async () => {
    const { cancellations } = await explore(program, { runs: 1, cancellations: true });
    expect(cancellations).toBeGreaterThan(10);
  });
});
