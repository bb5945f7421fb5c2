// What no request can be made of: told at the call, by an ArgumentError, and never with a secret in its message.

import { inspect } from "node:util";
import { expect } from "vitest";
import { ArgumentError } from "wasyncio";
import { ClientSession, type RequestOptions } from "wasyncio/http";
import { ioTest, thrown, thrownBy } from "../io/harness.ts";
import { type Mirrored, mirror, serve } from "./harness.ts";

const URL_OF_NOBODY = "http://127.0.0.1:9999/";

/** Everything that the error shows when it is logged. */
function shownOf(error: Error): string {
  return `${error.message} ${error.stack} ${inspect(error, { depth: 9 })} ${JSON.stringify(error)}`;
}

const BAD_HEADERS: [what: string, headers: unknown, code: string][] = [
  ["a line break", { authorization: "Bearer\nSECRET" }, "ERR_ARGUMENT_VALUE"],
  ["a zero", { authorization: "SECRET\0" }, "ERR_ARGUMENT_VALUE"],
  ["a character beyond Latin-1", { authorization: "SECRET€" }, "ERR_ARGUMENT_VALUE"],
  ["a name with a space", { "Bearer SECRET": "authorization" }, "ERR_ARGUMENT_VALUE"],
  ["an empty name", { "": "SECRET" }, "ERR_ARGUMENT_VALUE"],
  ["a value that is no string", { authorization: { token: "SECRET" } }, "ERR_ARGUMENT_TYPE"],
  ["a line instead of a pair", ["authorization: Bearer SECRET"], "ERR_ARGUMENT_TYPE"],
  ["three in a pair", [["authorization", "Bearer", "SECRET"]], "ERR_ARGUMENT_TYPE"],
  ["a string", "authorization: Bearer SECRET", "ERR_ARGUMENT_TYPE"],
  ["null", null, "ERR_ARGUMENT_TYPE"],
];

for (const [what, headers, code] of BAD_HEADERS) {
  ioTest(`headers with ${what} are refused, by a message without the value`, function* () {
    const session = new ClientSession();
    const options = { headers } as RequestOptions;
    for (const error of [
      thrown(() => session.get(URL_OF_NOBODY, options)),
      thrown(() => new ClientSession(options)),
    ]) {
      expect(error).toBeInstanceOf(ArgumentError);
      expect(error.code).toBe(code);
      expect(error.message).toMatch(/^(request|ClientSession) (needs|got) /);
      expect(shownOf(error)).not.toContain("SECRET");
    }
    yield;
  });
}

ioTest("white space around a header's value is cut off, as Fetch does", function* () {
  const { url } = yield* serve(mirror);
  const session = new ClientSession({ baseUrl: url, headers: { Authorization: " Bearer SECRET\r\n" } });
  const { headers } = yield* (yield* session.get("x")).json<Mirrored>();
  expect(headers.authorization).toBe("Bearer SECRET");
  session.close();
});

const BAD_REQUESTS: [what: string, method: string, url: unknown, options: unknown][] = [
  ["GET with a body", "GET", URL_OF_NOBODY, { body: "SECRET" }],
  ["GET with a json", "GET", URL_OF_NOBODY, { json: "SECRET" }],
  ["HEAD with a body", "HEAD", URL_OF_NOBODY, { body: "" }],
  ["CONNECT", "CONNECT", URL_OF_NOBODY, {}],
  ["TRACE", "trace", URL_OF_NOBODY, {}],
  ["null as the URL", "GET", null, {}],
  ["a number as the URL", "GET", 5, {}],
  ["an object as the URL", "GET", {}, {}],
  ["a port that is none", "GET", "http://127.0.0.1:99999/?SECRET", {}],
  ["a circle as json", "POST", URL_OF_NOBODY, { json: circle() }],
  ["a BigInt as json", "POST", URL_OF_NOBODY, { json: 5n }],
  ["a function as json", "POST", URL_OF_NOBODY, { json: () => {} }],
  ["an object as the body", "POST", URL_OF_NOBODY, { body: { token: "SECRET" } }],
  ["an array as the body", "POST", URL_OF_NOBODY, { body: ["SECRET"] }],
  ["a number as the body", "POST", URL_OF_NOBODY, { body: 5 }],
  ["an async generator function as the body", "POST", URL_OF_NOBODY, { body: async function* () {} }],
  ["a stream that is read already", "POST", URL_OF_NOBODY, { body: lockedStream() }],
  ["a redirect that is none", "GET", URL_OF_NOBODY, { redirect: "maybe" }],
];

function circle(): unknown {
  const circle: { self?: unknown } = {};
  circle.self = circle;
  return circle;
}

function lockedStream(): ReadableStream {
  const stream = new ReadableStream();
  stream.getReader();
  return stream;
}

for (const [what, method, url, options] of BAD_REQUESTS) {
  ioTest(`${what} is refused at the call`, function* () {
    for (const session of [new ClientSession(), new ClientSession({ baseUrl: URL_OF_NOBODY })]) {
      const error = thrown(() => session.request(method, url as string, options as RequestOptions));
      expect(error).toBeInstanceOf(ArgumentError);
      expect(error.code).toMatch(/^ERR_ARGUMENT_(TYPE|VALUE)$/);
      expect(shownOf(error)).not.toContain("SECRET");
    }
    yield;
  });
}

ioTest("what only fetch refuses is an ArgumentError too", function* () {
  const { url } = yield* serve(mirror);
  const session = new ClientSession();
  const blocked = yield* thrownBy(session.get("http://127.0.0.1:6667/"));
  expect(blocked).toBeInstanceOf(ArgumentError);
  expect(blocked.message).toContain("port 6667");
  for (const headers of [
    { connection: "SECRET" },
    { expect: "100-continue" },
    { "content-length": "5" },
  ] as Record<string, string>[]) {
    const error = yield* thrownBy(session.post(url, { headers, body: "abc" }));
    expect(error).toBeInstanceOf(ArgumentError);
    expect(error.code).toBe("ERR_ARGUMENT_VALUE");
    expect(shownOf(error)).not.toContain("SECRET");
  }
  session.close();
});

ioTest("a host that names the whole URL in its errors shows no query", function* ({ loop }) {
  const told = "error sending request for url (http://127.0.0.1:9999/p?token=SECRET#SECRET): refused";
  Object.defineProperty(loop.scheduler.host, "fetch", {
    configurable: true,
    value: () => Promise.reject(new TypeError(told)),
  });
  const session = new ClientSession();
  const error = yield* thrownBy(session.get("http://127.0.0.1:9999/p?token=SECRET"));
  expect(error.message).toBe(
    "GET http://127.0.0.1:9999/p: error sending request for url (http://127.0.0.1:9999/p): refused",
  );
  session.close();
  Reflect.deleteProperty(loop.scheduler.host, "fetch");
});
