/** The tables of `wasyncio/http`, `wasyncio/edge` and `wasyncio/testing`. The `fetch` is the host's, and its URLs are data. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { adopt, type Coroutine, createTask, getRunningLoop, sleep } from "wasyncio";
import { type BodyWriter, type EdgeContext, serve, streamBody } from "wasyncio/edge";
import { type ClientResponse, ClientSession, type ClientWebSocket } from "wasyncio/http";
import { TimersClock, VirtualClock } from "wasyncio/testing";
import { WebSocket, WebSocketServer } from "ws";
import { type Area, aBoolean, aFunction, type Kind, kind, options } from "../rows.ts";
import { AWAITABLES, BYTES, FUNCTIONS, LABELS, type Label, NUMBERS, OBJECTS, STRINGS } from "../values.ts";

/** Nobody listens there, so that a request fails without having gone anywhere. */
const NOWHERE = "http://127.0.0.1:64999/";

/** Objects that are no list; what they have of their own counts. */
const PLAIN: readonly Label[] = OBJECTS.filter(
  (label) => !["Map", "Uint8Array", "a detached array", "a coroutine", "a future", "a task"].includes(label),
);
const NOT_JSON: readonly Label[] = ["5n", "Symbol", ...FUNCTIONS, "a future", "a task"];

/** Any object has headers, though it may be none. */
function headersKind(words: string): Kind {
  const none = PLAIN.filter((label) => label !== "a promise");
  return kind(() => ({ accept: "text/plain" }), [words, ...none, "[]", "Map", "a coroutine"]);
}

const timeoutMs = kind(() => 10, ["null for no limit", "null", ...NUMBERS]);
const limitMs = kind(() => 10, ["null, the default, for no limit", "null", ...NUMBERS]);
const limit = kind(() => 10, ["there is no limit", "null", "1", "2**53"]);
const auth = kind(() => ({ login: "user", password: "secret" }));
const settings = {
  timeoutMs,
  connectTimeoutMs: limitMs,
  readTimeoutMs: limitMs,
  raiseForStatus: aBoolean("Whether a status of 400"),
  maxRedirects: kind(() => 3, ["How many redirects", "0", "1", "2**53"]),
  fetchOptions: kind(() => ({}), ["Passed to the host's `fetch`", ...PLAIN]),
};
const withoutBody = {
  ...settings,
  auth,
  compress: kind(() => "gzip" as const),
  headers: headersKind("Headers in addition"),
  params: kind(() => ({ page: 1 }), ["Added to the URL's query", ...PLAIN]),
  body: kind(() => null, ["null for none", "null"]),
  json: kind(() => 1),
  redirect: kind(() => "follow" as const),
};
const body = kind(() => "right", ["The body as it is, null for none", "null", ...BYTES, ...STRINGS]);
const json = kind(() => 1, ["sent as JSON", ...LABELS.filter((label) => !NOT_JSON.includes(label))]);
const requestOptions = options({ ...withoutBody, body, json });
const readingOptions = options(withoutBody);
const url = kind(() => NOWHERE);

/** From a server that answers everything, once it is there. */
function* aResponse(): Coroutine<ClientResponse> {
  server ??= listening();
  const { port } = yield* adopt(server);
  return yield* new ClientSession({ timeoutMs: null }).get(`http://127.0.0.1:${port}/`);
}

let server: Promise<AddressInfo> | undefined;

function listening(): Promise<AddressInfo> {
  const made = createServer((_request, response) => {
    response.end(JSON.stringify("right"));
  });
  made.unref();
  return new Promise((resolve) => {
    made.listen(0, "127.0.0.1", () => resolve(made.address() as AddressInfo));
  });
}

/** To a server that sends back what it gets. */
function* aWebSocket(): Coroutine<ClientWebSocket> {
  const made = new WebSocketServer({ host: "127.0.0.1", port: 0 });
  made.on("connection", (socket) => {
    // As a server that is not waited for.
    (socket as unknown as { _socket: { unref(): void } })._socket.unref();
    socket.on("message", (data, binary) => socket.send(data, { binary }));
  });
  yield* adopt(new Promise<void>((resolve) => void made.once("listening", resolve)));
  const { port } = made.address() as AddressInfo;
  const socket = yield* new ClientSession({ webSocket: WebSocket, timeoutMs: null }).wsConnect(
    `ws://127.0.0.1:${port}/`,
  );
  made.close();
  return socket;
}

export const HTTP: Area = {
  io: true,
  receivers: {
    ClientSession: () => new ClientSession(),
    ClientResponse: aResponse,
    ClientWebSocket: aWebSocket,
  },
  rows: {
    "new ClientSession": {
      options: options({
        baseUrl: url,
        headers: headersKind("Sent with each request"),
        ...settings,
        auth,
        limit: { ...limit, taken: [["null for no limit", "null", "1", "2**53"]] },
        limitPerHost: limit,
        webSocket: kind(() => WebSocket, ["The class that WebSockets", ...FUNCTIONS]),
        cookieJar: kind(() => ({ getCookieString: async () => "", setCookie: async () => {} })),
      }),
    },
    "ClientSession.request": {
      method: kind(() => "POST", ["such as GET", "'x'", "'9'"]),
      url,
      options: requestOptions,
    },
    "ClientSession.get": { url, options: readingOptions },
    "ClientSession.head": { url, options: readingOptions },
    "ClientSession.post": { url, options: requestOptions },
    "ClientSession.put": { url, options: requestOptions },
    "ClientSession.patch": { url, options: requestOptions },
    "ClientSession.delete": { url, options: requestOptions },
    "ClientSession.wsConnect": {
      url,
      options: options({
        headers: withoutBody.headers,
        auth,
        params: withoutBody.params,
        timeoutMs,
        connectTimeoutMs: limitMs,
        fetchOptions: settings.fetchOptions,
        protocols: kind(() => ["chat"], ["Protocols to offer", "[]", "['x']", "a coroutine"]),
        heartbeatMs: kind(() => null, ["By default null", "null", "1", "1.5", "2**53", "Infinity"]),
        closeTimeoutMs: kind(() => 10, ["How long `close` waits", ...NUMBERS]),
        messageBytesMax: kind(() => 10, ["null for no limit", "null", "1", "2**53"]),
      }),
    },
    "ClientSession.close": {},
    "ClientSession.with": { body: aFunction("Runs `body`") },
    "ClientSession.[asyncDispose]": {},
    "ClientResponse.read": {},
    "ClientResponse.text": {},
    "ClientResponse.json": {},
    "ClientResponse.readChunk": {},
    "ClientResponse.[asyncIterator]": {},
    "ClientResponse.forEachChunk": { body: aFunction("Calls `body`") },
    "ClientResponse.raiseForStatus": {},
    "ClientResponse.close": {},
    "ClientResponse.[asyncDispose]": {},
    "ClientResponse.toString": {},
    "ClientWebSocket.receive": {},
    "ClientWebSocket.[asyncIterator]": {},
    "ClientWebSocket.forEachMessage": { body: aFunction("Calls `body`") },
    "ClientWebSocket.send": {
      data: kind(() => "text", ["Sends a string as text, or bytes", ...BYTES, ...STRINGS]),
    },
    "ClientWebSocket.ping": {},
    "ClientWebSocket.close": { code: kind(() => 1000), reason: kind(() => "", ["as UTF-8", ...STRINGS]) },
    "ClientWebSocket.with": { body: aFunction("Runs `body`") },
    "ClientWebSocket.[asyncDispose]": {},
    "ClientWebSocket.toString": {},
  },
};

let context: EdgeContext | undefined;

/** As a task that writes has it; the task ends with the clock. */
function* aBodyWriter(): Coroutine<BodyWriter> {
  const writer = getRunningLoop().createFuture<BodyWriter>();
  streamBody(function* (body) {
    writer.setResult(body);
    yield* sleep(Number.MAX_SAFE_INTEGER);
  });
  return yield* writer;
}

/** Runs it in the handler of a request. */
async function answering(body: () => Coroutine<void>): Promise<void> {
  let failure: unknown;
  const fetch = serve(
    function* (_request, _env, ctx) {
      context = ctx;
      try {
        yield* body();
      } catch (error) {
        failure = error;
      }
      return new Response("");
    },
    { clock: new VirtualClock() },
  );
  await fetch(new Request(NOWHERE));
  if (failure !== undefined) throw failure;
}

const work = kind(
  () => createTask(async () => 1),
  ["a task, a future or a promise; or a coroutine or a function", ...AWAITABLES, ...FUNCTIONS],
);

export const EDGE: Area = {
  within: answering,
  receivers: { BodyWriter: aBodyWriter, EdgeContext: () => context },
  rows: {
    waitUntil: { work },
    "EdgeContext.waitUntil": {
      work: { ...work, taken: work.taken.map(([, ...labels]) => ["The module's `waitUntil`", ...labels]) },
    },
    "EdgeContext.passThroughOnException": {},
    streamBody: { feed: aFunction("a generator function or async function that writes") },
    "BodyWriter.write": {
      data: kind(() => new Uint8Array([1]), ["a string as UTF-8", ...BYTES, ...STRINGS]),
    },
  },
};

export const SERVING: Area = {
  receivers: { Fetch: () => serve(() => new Response("")) },
  rows: {
    serve: {
      handler: aFunction("a generator function or async function"),
      options: options({
        clock: kind(() => new VirtualClock()),
        debug: aBoolean("Whether debug mode is on"),
        exceptionHandler: aFunction("Gets uncaught exceptions"),
      }),
    },
    Fetch: {
      request: kind(() => new Request(NOWHERE)),
      env: kind(() => undefined, ["passed on to the handler", ...LABELS]),
      ctx: kind(
        () => undefined,
        ["context, if given, is an object", "null", "[]", "['x']", "[null]", ...OBJECTS],
      ),
    },
  },
  outside: ["serve", "Fetch"],
};

const timeMs = kind(() => 0, ["The time it starts at", "0", "1", "-1", "1.5", "2**53"]);
const thresholdMs = kind(
  () => 10,
  ["real milliseconds nothing must have happened", "0", "1", "1.5", "2**53"],
);
const clockOptions = {
  startMs: timeMs,
  autojump: aBoolean("Whether it jumps by itself"),
  autojumpAfterMs: thresholdMs,
  deadlockAfterMs: kind(
    () => 10,
    ["counts as deadlocked", "0", "1", "1.5", "2**53"],
    ["Infinity: it never does", "Infinity"],
  ),
};

/** Fake timers that are never set; they say that they are installed. */
const aFakeClock = () => ({ countTimers: () => 0, next: () => 0, tick: () => 0 });

export const TESTING: Area = {
  receivers: {
    VirtualClock: () => new VirtualClock(),
    Advance: () => new VirtualClock().advance(0),
    TimersClock: () => new TimersClock(),
  },
  rows: {
    "new VirtualClock": {
      startMs: kind(
        () => 0,
        ["the time it starts at", "0", "1", "-1", "1.5", "2**53"],
        ["or an object of options", ...OBJECTS],
      ),
    },
    "new VirtualClock (options)": {
      options: options(clockOptions, [["the time it starts at", "0", "1", "-1", "1.5", "2**53"]]),
    },
    "VirtualClock.time": {},
    "VirtualClock.attach": { host: kind(() => getRunningLoop().scheduler.host) },
    "VirtualClock.advance": { ms: kind(() => 10, ["by how many milliseconds", "0", "1", "1.5", "2**53"]) },
    "VirtualClock.advanceTo": {
      timeMs: kind(() => 10, ["the time, in milliseconds", "0", "1", "1.5", "2**53"]),
    },
    "VirtualClock.drive": { timers: kind(aFakeClock) },
    "Advance.[iterator]": {},
    "new TimersClock": {},
    "TimersClock.time": {},
    "TimersClock.attach": { host: kind(() => getRunningLoop().scheduler.host) },
    virtual: {
      program: aFunction("a generator function, an async function"),
      options: options(clockOptions),
    },
  },
};
