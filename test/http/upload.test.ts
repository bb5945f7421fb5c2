// Bodies that come in pieces: async generators and streams, what ends them, and what becomes of their failures.

import { expect, test } from "vitest";
import { createTask, currentTask, getRunningLoop, newEventLoop, sleep, timeout } from "wasyncio";
import { ClientSession, NetworkError } from "wasyncio/http";
import { hostTurn, ioTest, thrownBy, until } from "../io/harness.ts";
import { type Mirrored, mirror, serve } from "./harness.ts";

/** After so long a source ends by itself, so that a failing test ends too. */
const SOURCE_MS_MAX = 4000;
const PIECE = new Uint8Array(65_536);

/** Both are known to the host as they are, and as pages have to do it: collected first. */
for (const page of [false, true]) {
  const way = page ? "collected" : "sent as it comes";

  ioTest(`an async generator as a body, ${way}, runs in a task and waits for anything`, function* ({ loop }) {
    Object.defineProperty(loop.scheduler.host, "fetchOfPage", { configurable: true, value: page });
    const { url } = yield* serve(mirror);
    const session = new ClientSession({ baseUrl: url });
    const tasks = new Set<unknown>();
    async function* parts() {
      yield "one,";
      await sleep(5);
      tasks.add(currentTask());
      yield new TextEncoder().encode("two,");
      tasks.add(currentTask());
      yield new Uint16Array([0x6874, 0x6572, 0x2c65]);
      yield new TextEncoder().encode("four").buffer;
    }
    const got = yield* (yield* session.post("x", { body: parts() })).json<Mirrored>();
    expect(got.body).toBe("one,two,three,four");
    expect(got.headers["transfer-encoding"]).toBe(page ? undefined : "chunked");
    expect(tasks.size).toBe(1);
    expect(tasks).not.toContain(null);
    session.close();
    Reflect.deleteProperty(loop.scheduler.host, "fetchOfPage");
  });

  ioTest(`a stream as a body, ${way}, is sent whole`, function* ({ loop }) {
    Object.defineProperty(loop.scheduler.host, "fetchOfPage", { configurable: true, value: page });
    let size = 0;
    const { url } = yield* serve((request, response) => {
      request.on("data", (chunk: Buffer) => {
        size += chunk.length;
      });
      request.on("end", () => response.end());
    });
    const session = new ClientSession();
    let left = 50;
    const body = new ReadableStream({
      pull(controller) {
        if (left-- > 0) controller.enqueue(PIECE);
        else controller.close();
      },
    });
    expect((yield* session.post(url, { body })).status).toBe(200);
    expect(size).toBe(50 * PIECE.length);
    session.close();
    Reflect.deleteProperty(loop.scheduler.host, "fetchOfPage");
  });

  ioTest(`what the body throws is what the request throws, ${way}`, function* ({ loop }) {
    Object.defineProperty(loop.scheduler.host, "fetchOfPage", { configurable: true, value: page });
    const { url } = yield* serve(() => {});
    const session = new ClientSession();
    const mine = new RangeError("mine");
    async function* failing() {
      yield "begun";
      await sleep(1);
      throw mine;
    }
    expect(yield* thrownBy(session.post(url, { body: failing() }))).toBe(mine);
    const stream = new ReadableStream({
      pull(controller) {
        controller.error(mine);
      },
    });
    expect(yield* thrownBy(session.post(url, { body: stream }))).toBe(mine);
    async function* odd() {
      yield 5 as never;
    }
    async function* cancelled() {
      yield "begun";
      const task = createTask(sleep(1000));
      task.cancel();
      await task;
    }
    expect((yield* thrownBy(session.post(url, { body: cancelled() }))).code).toBe("ECONNABORTED");
    const error = yield* thrownBy(session.post(url, { body: odd() }));
    expect(error.code).toBe("ERR_ARGUMENT_TYPE");
    expect(error.message).toContain("the body of POST");
    session.close();
    Reflect.deleteProperty(loop.scheduler.host, "fetchOfPage");
  });
}

/** A stream that always has more, at once. */
function endlessStream(): { stream: ReadableStream; pulls: () => number; cancelled: () => boolean } {
  const endMs = Date.now() + SOURCE_MS_MAX;
  let pulls = 0;
  let cancelled = false;
  const stream = new ReadableStream({
    pull(controller) {
      pulls++;
      if (Date.now() > endMs) controller.error(new Error("nobody has ended the source"));
      else controller.enqueue(PIECE);
    },
    cancel() {
      cancelled = true;
    },
  });
  return { stream, pulls: () => pulls, cancelled: () => cancelled };
}

ioTest(
  "cancelling an upload of a stream that always has more ends the stream, and no thread is kept",
  function* () {
    const { url, aborted } = yield* serve((request) => request.resume());
    const session = new ClientSession();
    const endless = endlessStream();
    const uploading = createTask(session.post(url, { body: endless.stream }));
    yield* until("much is sent", () => endless.pulls() > 200);
    const start = performance.now();
    uploading.cancel();
    expect((yield* thrownBy(uploading[Symbol.iterator]())).code).toBe("ERR_CANCELLED");
    yield* until("the source is cancelled", endless.cancelled);
    const pulls = endless.pulls();
    yield* until("the server has lost it", () => aborted.length === 1);
    for (let i = 0; i < 5; i++) yield* hostTurn();
    expect(endless.pulls()).toBe(pulls);
    expect(performance.now() - start).toBeLessThan(SOURCE_MS_MAX / 2);
    session.close();
  },
);

for (const end of ["timeout", "timeoutMs", "close"] as const) {
  ioTest(`an async generator that always has more is closed by ${end}`, function* () {
    const { url } = yield* serve((request) => request.resume());
    const session = new ClientSession();
    const endMs = Date.now() + SOURCE_MS_MAX;
    let sent = 0;
    let closed = false;
    async function* endless() {
      try {
        for (; Date.now() < endMs; sent++) yield PIECE;
      } finally {
        await sleep(1);
        closed = true;
      }
    }
    const options = { body: endless(), timeoutMs: end === "timeoutMs" ? 400 : null };
    const uploading = createTask(
      end === "timeout" ? timeout(400, () => session.post(url, options)) : session.post(url, options),
    );
    yield* until("something is sent", () => sent > 10);
    if (end === "close") session.close();
    const { name } = yield* thrownBy(uploading[Symbol.iterator]());
    expect(name).toBe(end === "close" ? "LoopError" : "TimeoutError");
    yield* until("its finally has run", () => closed);
    session.close();
  });
}

ioTest("a body that waits is cancelled where it waits", function* () {
  const { url } = yield* serve((request) => request.resume());
  const session = new ClientSession();
  const told: string[] = [];
  async function* waiting() {
    yield "begun";
    try {
      await sleep(3_600_000);
    } catch (error) {
      told.push((error as Error).name);
      throw error;
    }
  }
  expect((yield* thrownBy(session.post(url, { body: waiting(), timeoutMs: 30 }))).name).toBe("TimeoutError");
  yield* until("it is told", () => told.length > 0);
  expect(told).toEqual(["CancelledError"]);
  session.close();
});

ioTest("a redirect drops a body that is not sent again, and refuses one that would be", function* () {
  const { url } = yield* serve((request, response) => {
    const status = Number((request.url ?? "").slice(1));
    if (status > 0) response.writeHead(status, { location: "/" }).end();
    else mirror(request, response);
  });
  const session = new ClientSession({ baseUrl: url });
  for (const status of [303, 307]) {
    let closed = false;
    async function* endless() {
      try {
        for (;;) {
          yield PIECE;
          await sleep(1);
        }
      } finally {
        closed = true;
      }
    }
    const posting = session.post(`${status}`, { body: endless() });
    if (status === 303) expect((yield* (yield* posting).json<Mirrored>()).method).toBe("GET");
    else {
      const error = yield* thrownBy(posting);
      expect(error).toBeInstanceOf(NetworkError);
      expect([error.code, error.message]).toEqual([
        "EREDIRECT",
        expect.stringContaining("cannot be sent twice"),
      ]);
    }
    yield* until("the body is closed", () => closed);
  }
  session.close();
});

ioTest("a body that fails after the answer is reported", function* ({ reports }) {
  const { url } = yield* serve((_request, response) => void response.writeHead(204).end());
  const session = new ClientSession();
  const mine = new RangeError("mine");
  const answered = getRunningLoop().createFuture<void>();
  async function* late() {
    yield "begun";
    await answered;
    throw mine;
  }
  expect((yield* session.post(url, { body: late() })).status).toBe(204);
  answered.setResult();
  yield* until("it is reported", () => reports.length > 0);
  expect(reports.splice(0)).toEqual([
    { message: expect.stringContaining("The body of POST"), exception: mine },
  ]);
  session.close();
});

test("closing a loop cancels the source of an upload", async () => {
  const endless = endlessStream();
  const loop = newEventLoop();
  await loop.runUntilComplete(
    (function* () {
      const { url } = yield* serve((request) => request.resume());
      createTask(new ClientSession().post(url, { body: endless.stream }));
      yield* until("much is sent", () => endless.pulls() > 20);
    })(),
  );
  expect(endless.cancelled()).toBe(false);
  loop.close();
  expect(endless.cancelled()).toBe(true);
});
