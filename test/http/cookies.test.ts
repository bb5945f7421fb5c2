// The cookies of a session, kept by tough-cookie, against real servers.

import { CookieJar } from "tough-cookie";
import { expect } from "vitest";
import { createTask } from "wasyncio";
import { ClientSession } from "wasyncio/http";
import { channelsOf, ioTest, thrown, thrownBy, until } from "../io/harness.ts";
import { serve } from "./harness.ts";

/** Sets the cookies that the query names, leads where `to` says, and tells which it got. */
function* cookieServer() {
  return yield* serve((request, response) => {
    const { searchParams } = new URL(request.url ?? "", "http://host/");
    response.setHeader("set-cookie", searchParams.getAll("set"));
    const to = searchParams.get("to");
    if (to !== null) response.writeHead(302, { location: to });
    response.end(request.headers.cookie ?? "");
  });
}

function* cookiesAt(session: ClientSession, url: string, headers = {}): Generator<unknown, string, unknown> {
  return yield* (yield* session.get(url, { headers })).text();
}

ioTest("cookies that came are sent again, in a session that has a jar", function* () {
  const { url } = yield* cookieServer();
  const session = new ClientSession({ cookieJar: new CookieJar() });
  expect(yield* cookiesAt(session, `${url}?set=a=1&set=b=2%3B%20Path=/deep`)).toBe("");
  expect(yield* cookiesAt(session, url)).toBe("a=1");
  expect(yield* cookiesAt(session, `${url}deep/er`)).toBe("b=2; a=1");
  expect(yield* cookiesAt(session, url, { cookie: "own=0" })).toBe("own=0; a=1");
  expect(yield* cookiesAt(session, `${url}?set=a=%3B%20Max-Age=0`)).toBe("a=1");
  expect(yield* cookiesAt(session, url)).toBe("");
  expect(yield* cookiesAt(new ClientSession(), `${url}?set=a=1`)).toBe("");
  session.close();
});

ioTest("cookies of redirects are kept, and each origin gets its own", function* () {
  const { url } = yield* cookieServer();
  // The same server by another name.
  const other = url.replace("127.0.0.1", "localhost");
  const session = new ClientSession({ cookieJar: new CookieJar() });
  expect(yield* cookiesAt(session, `${url}?set=a=1&to=/`)).toBe("a=1");
  expect(yield* cookiesAt(session, `${url}?to=${encodeURIComponent(other)}`, { cookie: "own=0" })).toBe("");
  expect(yield* cookiesAt(session, `${other}?set=b=2`)).toBe("");
  expect(yield* cookiesAt(session, `${url}?to=${encodeURIComponent(other)}`)).toBe("b=2");
  expect(yield* cookiesAt(session, url)).toBe("a=1");
  session.close();
});

ioTest("a cookie for another domain, or one that is none, is dropped", function* () {
  const { url } = yield* cookieServer();
  const jar = new CookieJar();
  const session = new ClientSession({ cookieJar: jar });
  const bad = ["a=1; Domain=example.org", "b=2; Domain=com", "", "\u0001", "; ;", "c=3; Secure"];
  const query = bad.map((each) => `set=${encodeURIComponent(each)}`).join("&");
  yield* (yield* session.get(`${url}?${query.replace("%01", "")}`)).read();
  expect(jar.serializeSync()?.cookies.map(({ key }) => key) ?? []).not.toContain("a");
  expect(yield* cookiesAt(session, url)).not.toMatch(/[ab]=/);
  session.close();
});

ioTest(
  "a jar that fails is a NetworkError, and one that never answers can be cancelled",
  function* ({ loop }) {
    const { url } = yield* cookieServer();
    const setCookie = async () => {};
    const failing = new ClientSession({
      cookieJar: { getCookieString: () => Promise.reject(new Error("disk full")), setCookie },
    });
    expect((yield* thrownBy(failing.get(url))).message).toContain("disk full");
    let asked = 0;
    const never = new ClientSession({
      cookieJar: { getCookieString: async () => "", setCookie: () => new Promise<void>(() => void asked++) },
    });
    const waiting = createTask(never.get(`${url}?set=a=1`));
    yield* until("the jar is asked", () => asked === 1);
    waiting.cancel();
    expect((yield* thrownBy(waiting[Symbol.iterator]())).code).toBe("ERR_CANCELLED");
    expect((yield* thrownBy(never.get(`${url}?set=a=1`, { timeoutMs: 20 }))).code).toBe("ERR_TIMEOUT");
    expect(channelsOf(loop)).toBe(0);
  },
);

ioTest("a jar without its methods is refused", function* () {
  for (const cookieJar of [null, {}, "a=1", { getCookieString() {} }] as never[])
    expect(thrown(() => new ClientSession({ cookieJar })).code).toBe("ERR_ARGUMENT_TYPE");
  yield;
});
