// The ClientSession over the host's fetch, against a real server.

import { createServer } from "node:net";
import { expect, test } from "vitest";
import {
  adopt,
  CancelledError,
  type Coroutine,
  createTask,
  gather,
  newEventLoop,
  TimeoutError,
  timeout,
} from "wasyncio";
import { ClientResponse, ClientSession, HttpStatusError, NetworkError } from "wasyncio/http";
import { channelsOf, hostTurn, ioTest, text, thrown, thrownBy, until } from "../io/harness.ts";
import { type Mirrored, mirror, serve } from "./harness.ts";

ioTest(
  "get gives status, headers, url and the body as text, JSON and bytes, as often as asked",
  function* () {
    const { url } = yield* serve((_request, response) => {
      response.writeHead(201, "Made", { "content-type": "application/json", "x-answer": "42" });
      response.end('{"a":[1,"ü"]}');
    });
    const session = new ClientSession();
    const response = yield* session.get(`${url}path?query=1`);
    expect(response).toBeInstanceOf(ClientResponse);
    expect([response.status, response.statusText, response.ok]).toEqual([201, "Made", true]);
    expect(response.headers.get("X-Answer")).toBe("42");
    expect(response.url).toBe(`${url}path?query=1`);
    expect(yield* response.text()).toBe('{"a":[1,"ü"]}');
    expect(yield* response.json()).toEqual({ a: [1, "ü"] });
    expect(text(yield* response.read())).toBe('{"a":[1,"ü"]}');
    session.close();
  },
);

ioTest("a body that was read as a whole cannot be read in pieces any more", function* () {
  const { url } = yield* serve((_request, response) => void response.end("complete"));
  const response = yield* new ClientSession().get(url);
  expect(yield* response.text()).toBe("complete");
  const error = yield* thrownBy(response.readChunk());
  expect([error.code, error.message]).toEqual([
    "ERR_BODY_USED",
    `GET ${url}: the body was already read; read it once, in one way`,
  ]);
});

ioTest("every method is sent as what it is, with its body", function* () {
  const { url } = yield* serve(mirror);
  yield* new ClientSession({ baseUrl: url }).with(function* (session) {
    for (const method of ["get", "post", "put", "delete", "patch"] as const) {
      const withBody = method === "get" ? {} : { body: `body of ${method}` };
      const got = yield* (yield* session[method]("x", withBody)).json<Mirrored>();
      expect([got.method, got.body]).toEqual([
        method.toUpperCase(),
        method === "get" ? "" : `body of ${method}`,
      ]);
    }
    const head = yield* session.head("x");
    expect([head.status, yield* head.text()]).toEqual([200, ""]);
    expect((yield* (yield* session.request("options", "x")).json<Mirrored>()).method).toBe("OPTIONS");
  });
});

ioTest("baseUrl, params and headers of session and request go together", function* () {
  const { url } = yield* serve(mirror);
  const session = new ClientSession({ baseUrl: `${url}api/`, headers: { "X-One": "1", "X-Two": "2" } });
  const options = {
    params: { q: "a b", n: 5, f: false },
    headers: [["x-two", "zwei"]] as [string, string][],
  };
  const got = yield* (yield* session.get("users?x=1", options)).json<Mirrored>();
  expect(got.url).toBe("/api/users?x=1&q=a+b&n=5&f=false");
  expect([got.headers["x-one"], got.headers["x-two"]]).toEqual(["1", "zwei"]);
  expect((yield* (yield* session.get("/root")).json<Mirrored>()).url).toBe("/root");
  session.close();
});

ioTest("json is sent as JSON, and not together with a body", function* () {
  const { url } = yield* serve(mirror);
  const session = new ClientSession({ baseUrl: url });
  const got = yield* (yield* session.post("x", { json: { a: 1 } })).json<Mirrored>();
  expect([got.body, got.headers["content-type"]]).toEqual(['{"a":1}', "application/json"]);
  const stream = new ReadableStream({
    start(controller) {
      controller.enqueue(new TextEncoder().encode("streamed"));
      controller.close();
    },
  });
  expect((yield* (yield* session.post("x", { body: stream })).json<Mirrored>()).body).toBe("streamed");
  expect(thrown(() => session.post("x", { json: 1, body: "2" })).code).toBe("ERR_ARGUMENT_VALUE");
  session.close();
});

ioTest("text is decoded as the server says", function* () {
  const { url } = yield* serve((request, response) => {
    response.setHeader(
      "content-type",
      request.url === "/latin" ? "text/plain; charset=ISO-8859-1" : "text/plain; charset=unheard-of",
    );
    response.end(Buffer.from("\xfc", request.url === "/latin" ? "latin1" : "utf8"));
  });
  const session = new ClientSession({ baseUrl: url });
  expect(yield* (yield* session.get("latin")).text()).toBe("\xfc");
  expect(yield* (yield* session.get("other")).text()).toBe("\xfc");
  session.close();
});

ioTest("a status of 400 or above is a response, and raiseForStatus makes it an error", function* ({ loop }) {
  const { url } = yield* serve((request, response) => {
    response
      .writeHead(request.url === "/fine" ? 204 : 404)
      .end(request.url === "/fine" ? undefined : "nothing here");
  });
  const session = new ClientSession({ baseUrl: url });
  const fine = yield* session.get("fine");
  // Without a body it is over, whether or not anyone reads it.
  expect(channelsOf(loop)).toBe(0);
  fine.raiseForStatus();
  expect(yield* fine.text()).toBe("");
  const missing = yield* session.get("missing?token=secret");
  expect([missing.ok, missing.status]).toEqual([false, 404]);
  const error = thrown(() => missing.raiseForStatus()) as unknown as HttpStatusError;
  expect(error).toBeInstanceOf(HttpStatusError);
  expect([error.code, error.status]).toEqual(["ERR_HTTP_STATUS", 404]);
  expect(error.message).toContain("/missing: the server answered 404");
  expect(error.message).not.toContain("secret");
  session.close();
});

ioTest("invalid JSON is a SyntaxError", function* () {
  const { url } = yield* serve((_request, response) => void response.end("<html>"));
  yield* new ClientSession().with(function* (session) {
    const response = yield* session.get(url);
    expect((yield* thrownBy(response.json())).name).toBe("SyntaxError");
    expect(yield* response.text()).toBe("<html>");
  });
});

ioTest("the body comes in pieces, while the server is still writing it", function* () {
  const sends: (() => void)[] = [];
  const { url } = yield* serve((_request, response) => {
    response.write("one,");
    sends.push(
      () => response.write("two,"),
      () => response.end("three"),
    );
  });
  const session = new ClientSession();
  const response = yield* session.get(url);
  expect(text((yield* response.readChunk()) as Uint8Array)).toBe("one,");
  sends[0]?.();
  expect(text((yield* response.readChunk()) as Uint8Array)).toBe("two,");
  expect((yield* thrownBy(response.text())).code).toBe("ERR_BODY_USED");
  sends[1]?.();
  expect(text((yield* response.readChunk()) as Uint8Array)).toBe("three");
  expect(yield* response.readChunk()).toBeNull();
  expect(yield* response.readChunk()).toBeNull();
  session.close();
});

ioTest(
  "forEachChunk and for await give all pieces, and leaving early gives the connection back",
  function* ({ loop }) {
    const { url, aborted } = yield* serve((request, response) => {
      if (request.url === "/endless") {
        const more = () => {
          while (!response.destroyed && response.write("x".repeat(10_000)));
        };
        response.on("drain", more);
        more();
      } else {
        response.end("y".repeat(300_000));
      }
    });
    const session = new ClientSession({ baseUrl: url });
    let size = 0;
    yield* (yield* session.get("finite")).forEachChunk((chunk) => {
      size += chunk.length;
    });
    expect(size).toBe(300_000);
    yield* createTask(async () => {
      for await (const chunk of await session.get("finite")) size -= chunk.length;
    });
    expect(size).toBe(0);
    yield* (yield* session.get("endless")).forEachChunk(function* (chunk) {
      yield;
      return chunk.length === 0;
    });
    yield* createTask(async () => {
      for await (const chunk of await session.get("endless")) {
        expect(chunk.length).toBeGreaterThan(0);
        break;
      }
    });
    expect(channelsOf(loop)).toBe(0);
    yield* until("the server has lost both", () => aborted.length === 2);
    session.close();
  },
);

ioTest("a second task that reads the same body gets an error", function* () {
  const { url } = yield* serve((_request, response) => {
    response.flushHeaders();
    setTimeout(() => response.end("late"), 20);
  });
  const session = new ClientSession();
  const response = yield* session.get(url);
  const first = createTask(response.text());
  yield;
  expect((yield* thrownBy(response.text())).code).toBe("ERR_READER_BUSY");
  expect(yield* first).toBe("late");
  session.close();
});

ioTest(
  "cancelling the task aborts the request, before the response and while the body comes",
  function* ({ loop }) {
    const { url, underWay, aborted } = yield* serve((request, response) => {
      if (request.url === "/body") response.write("begun");
    });
    const session = new ClientSession({ baseUrl: url });
    const head = createTask(session.get("head"));
    yield* until("the server has the request", () => underWay.size === 1);
    head.cancel();
    expect((yield* thrownBy(head[Symbol.iterator]())).code).toBe("ERR_CANCELLED");
    yield* until("the server has lost it", () => aborted.includes("/head"));

    const response = yield* session.get("body");
    const body = createTask(response.text());
    // A task that was not begun would have nothing to abort.
    yield;
    body.cancel();
    expect((yield* thrownBy(body[Symbol.iterator]())).code).toBe("ERR_CANCELLED");
    yield* until("the server has lost it", () => aborted.includes("/body"));
    // Another task that asks is not cancelled by it.
    expect((yield* thrownBy(response.text())).code).toBe("ERR_BODY_USED");
    expect(channelsOf(loop)).toBe(0);
    session.close();
  },
);

ioTest("cancelled at any moment, a request leaves nothing open", function* ({ loop }) {
  const { url, underWay } = yield* serve((_request, response) => void response.write("begun"));
  const session = new ClientSession();
  let responses = 0;
  for (let turns = 0; responses < 3; turns++) {
    const asking = createTask(session.get(url));
    for (let i = 0; i < turns; i++) yield* hostTurn();
    asking.cancel();
    try {
      (yield* asking).close();
      responses++;
    } catch (error) {
      expect(error).toBeInstanceOf(CancelledError);
    }
    expect(channelsOf(loop)).toBe(0);
  }
  yield* until("the server has lost all that it had", () => underWay.size === 0);
  session.close();
});

ioTest(
  "closing the session aborts what is under way, bodies that nobody reads included",
  function* ({ loop }) {
    const { url, underWay, aborted } = yield* serve((request, response) => {
      if (request.url !== "/head") response.write("begun");
    });
    const session = new ClientSession({ baseUrl: url });
    const unread = yield* session.get("unread");
    const response = yield* session.get("reading");
    const reading = createTask(response.text());
    const head = createTask(session.get("head"));
    yield* until("the server has all of them", () => underWay.size === 3);
    expect(session.closed).toBe(false);
    session.close();
    session.close();
    expect(session.closed).toBe(true);
    for (const waiting of [head, reading]) {
      expect((yield* thrownBy(waiting[Symbol.iterator]() as Coroutine<unknown>)).code).toBe(
        "ERR_SESSION_CLOSED",
      );
    }
    expect((yield* thrownBy(unread.text())).code).toBe("ERR_SESSION_CLOSED");
    expect((yield* thrownBy(session.get("again"))).code).toBe("ERR_SESSION_CLOSED");
    expect(channelsOf(loop)).toBe(0);
    yield* until("the server has lost them", () => aborted.length === 3);
  },
);

ioTest("a response that is closed lets its connection go", function* () {
  const { url, aborted } = yield* serve((_request, response) => void response.write("begun"));
  const session = new ClientSession();
  const response = yield* session.get(url);
  response.close();
  response.close();
  expect((yield* thrownBy(response.read())).code).toBe("ERR_BODY_USED");
  yield* until("the server has lost it", () => aborted.length === 1);
  session.close();
});

ioTest("a response that is forgotten lets its connection go once it is collected", function* ({ loop }) {
  const { url, aborted } = yield* serve((_request, response) => void response.write("begun"));
  const session = new ClientSession();
  yield* forget(session, url);
  yield* until("the server has lost it", () => {
    globalThis.gc?.();
    return aborted.length === 1;
  });
  expect(channelsOf(loop)).toBe(0);
  session.close();
});

function* forget(session: ClientSession, url: string): Generator<unknown, void, unknown> {
  expect((yield* session.get(url)).status).toBe(200);
}

ioTest(
  "timeoutMs ends a request that has no response, and a body that does not end, with TimeoutError",
  function* () {
    const { url, aborted } = yield* serve((request, response) => {
      if (request.url === "/body") response.write("begun");
    });
    const session = new ClientSession({ baseUrl: url, timeoutMs: 300 });
    const error = yield* thrownBy(session.get("head"));
    expect(error).toBeInstanceOf(TimeoutError);
    expect(error.message).toContain("within 300 ms");
    const response = yield* session.get("body", { timeoutMs: 400 });
    expect((yield* thrownBy(response.text())).message).toContain("within 400 ms");
    yield* until("the server has lost both", () => aborted.length === 2);
    const patient = createTask(session.get("head", { timeoutMs: null }));
    expect((yield* thrownBy(timeout(100, () => patient))).name).toBe("TimeoutError");
    for (const timeoutMs of [Number.NaN, "5" as never]) {
      expect(thrown(() => session.get("x", { timeoutMs })).code).toBe("ERR_DELAY");
    }
    session.close();
  },
);

ioTest("timeout() around a request aborts it", function* () {
  const { url, aborted } = yield* serve(() => {});
  const session = new ClientSession();
  expect((yield* thrownBy(timeout(20, () => session.get(url)))).name).toBe("TimeoutError");
  yield* until("the server has lost it", () => aborted.length === 1);
  session.close();
});

ioTest("network failures are NetworkErrors with the system's code, and no secrets", function* () {
  const session = new ClientSession();
  const refused = yield* thrownBy(session.get(`http://127.0.0.1:${yield* freePort()}/p?token=secret`));
  expect(refused).toBeInstanceOf(NetworkError);
  expect(refused.code).toBe("ECONNREFUSED");
  expect(refused.message).toMatch(/^GET http:\/\/127\.0\.0\.1:\d+\/p: .*start the server/);
  expect(refused.message).not.toContain("secret");
  const unknown = yield* thrownBy(session.get("http://no-such-host.invalid/"));
  expect(["ENOTFOUND", "EAI_AGAIN"]).toContain(unknown.code);

  const { url } = yield* serve((request, response) => {
    if (request.url === "/body") response.write("x", () => response.destroy());
    else request.socket.resetAndDestroy();
  });
  expect((yield* thrownBy(session.get(url))).code).toBe("ECONNRESET");
  const cut = yield* session.get(`${url}body`);
  const error = yield* thrownBy(cut.text());
  expect(error).toBeInstanceOf(NetworkError);
  expect(error.code).toBe("ECONNRESET");
  expect(yield* thrownBy(cut.text())).toBe(error);
  session.close();
});

function* freePort(): Generator<unknown, number, unknown> {
  const server = createServer();
  yield* adopt(new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve)));
  const { port } = server.address() as { port: number };
  yield* adopt(new Promise<void>((resolve) => server.close(() => resolve())));
  return port;
}

ioTest("URLs and methods that make no request are refused, and not repeated in the message", function* () {
  const session = new ClientSession();
  for (const url of ["no url", "/relative", "ftp://host/", "http://user:secret@host/", "http://"]) {
    const error = thrown(() => session.get(url));
    expect(error.code).toBe("ERR_ARGUMENT_VALUE");
    expect(error.message).not.toContain("secret");
  }
  expect(thrown(() => session.request("BAD METHOD", "http://host/")).code).toBe("ERR_ARGUMENT_VALUE");
  expect(thrown(() => new ClientSession({ baseUrl: "nonsense" })).code).toBe("ERR_ARGUMENT_VALUE");
  expect(thrown(() => new ClientSession({ timeoutMs: Number.NaN })).code).toBe("ERR_DELAY");
  yield;
});

ioTest("redirections are followed, or not", function* () {
  const { url } = yield* serve((request, response) => {
    if (request.url === "/from") response.writeHead(302, { location: "/to" }).end();
    else response.end("there");
  });
  const session = new ClientSession({ baseUrl: url });
  const followed = yield* session.get("from");
  expect([followed.url, yield* followed.text()]).toEqual([`${url}to`, "there"]);
  expect((yield* session.get("from", { redirect: "manual" })).status).toBe(302);
  expect(yield* thrownBy(session.get("from", { redirect: "error" }))).toBeInstanceOf(NetworkError);
  session.close();
});

ioTest("many requests at once, from coroutines and async functions", function* () {
  const { url } = yield* serve(mirror);
  const session = new ClientSession({ baseUrl: url });
  const one = function* (number: number) {
    return (yield* (yield* session.get(`${number}`)).json<Mirrored>()).url;
  };
  const other = async (number: number) => (await (await session.get(`${number}`)).json<Mirrored>()).url;
  const urls = yield* gather(
    ...Array.from({ length: 50 }, (_, number) =>
      number % 2 ? createTask(() => other(number)) : one(number),
    ),
  );
  expect(urls).toEqual(Array.from({ length: 50 }, (_, number) => `/${number}`));
  yield* createTask(async () => {
    await session[Symbol.asyncDispose]();
  });
  expect(session.closed).toBe(true);
});

test("closing a loop aborts its requests", async () => {
  const loop = newEventLoop();
  const session = new ClientSession();
  const { aborted } = await loop.runUntilComplete(
    (function* () {
      const server = yield* serve((_request, response) => void response.write("begun"));
      expect((yield* session.get(server.url)).status).toBe(200);
      return server;
    })(),
  );
  loop.close();
  while (aborted.length === 0) await new Promise(setImmediate);
});

test("a response whose loop was closed says so, unless it has been read", async () => {
  const loop = newEventLoop();
  const session = new ClientSession();
  const [unread, read] = await loop.runUntilComplete(
    (function* () {
      const { url } = yield* serve((request, response) => {
        if (request.url === "/read") response.end("complete");
        else response.write("begun");
      });
      const read = yield* session.get(`${url}read`);
      yield* read.text();
      return [yield* session.get(url), read] as const;
    })(),
  );
  loop.close();
  const later = newEventLoop();
  for (const read of [() => unread.text(), () => unread.json(), () => unread.read()]) {
    const error = await later.runUntilComplete(thrownBy(read()));
    expect(error.code).toBe("ERR_LOOP_CLOSED");
    expect(error.message).toContain("read it before the run ends");
  }
  expect(await later.runUntilComplete(read.text())).toBe("complete");
  later.close();
});
