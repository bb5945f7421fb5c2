// The limits of a session: how many exchanges at once, and how long each wait may take. Against a real server.

import type { ServerResponse } from "node:http";
import { expect } from "vitest";
import { createTask, gather, sleep, type Task, TimeoutError, timeout } from "wasyncio";
import { type ClientResponse, ClientSession, type ClientSessionOptions } from "wasyncio/http";
import { channelsOf, hostTurn, ioTest, thrown, thrownBy, until } from "../io/harness.ts";
import { mirror, serve } from "./harness.ts";

/** A server that answers with the head at once, and with the body when it is told to. */
function* slowServer() {
  const answers: ServerResponse[] = [];
  let most = 0;
  const { url, underWay, aborted } = yield* serve((_request, response) => {
    most = Math.max(most, underWay.size);
    response.write("begun");
    answers.push(response);
  });
  return { url, underWay, aborted, answers, most: () => most };
}

ioTest("an exchange has its place until its body is read, or it is closed", function* ({ loop }) {
  const { url, answers, underWay } = yield* slowServer();
  const session = new ClientSession({ limit: 2 });
  const [first, second] = [yield* session.get(url), yield* session.get(url)];
  const third = createTask(session.get(url));
  const fourth = createTask(session.get(url));
  for (let turns = 0; turns < 20; turns++) yield* hostTurn();
  expect([third.done(), underWay.size]).toEqual([false, 2]);
  first.close();
  const response = yield* third;
  expect(fourth.done()).toBe(false);
  answers[1]?.end();
  yield* second.read();
  (yield* fourth).close();
  response.close();
  expect(channelsOf(loop)).toBe(0);
  session.close();
});

ioTest("limit is a hundred unless it is set, and null is no limit", function* () {
  const { url, underWay } = yield* slowServer();
  for (const [limit, most] of [
    [undefined, 100],
    [null, 120],
  ] as const) {
    const session = new ClientSession(limit === undefined ? {} : { limit });
    const tasks = Array.from({ length: 120 }, () => createTask(session.get(url)));
    yield* until("the server has them", () => underWay.size === most);
    for (let turns = 0; turns < 20; turns++) yield* hostTurn();
    expect(underWay.size).toBe(most);
    session.close();
    yield* gather(...tasks.map(failing));
    yield* until("the server has lost them", () => underWay.size === 0);
  }
});

function* failing(task: Task<ClientResponse>): Generator<unknown, void, unknown> {
  try {
    yield* task;
  } catch {}
}

ioTest("limitPerHost holds up no request to another origin, and no one is overtaken", function* () {
  const one = yield* slowServer();
  const other = yield* slowServer();
  const session = new ClientSession({ limitPerHost: 1 });
  const first = yield* session.get(one.url);
  const ended: string[] = [];
  const waiting = ["a", "b", "c"].map((name) =>
    createTask(function* () {
      (yield* session.get(one.url)).close();
      ended.push(name);
    }),
  );
  yield* hostTurn();
  (yield* session.get(other.url)).close();
  expect(ended).toEqual([]);
  first.close();
  yield* gather(...waiting);
  expect(ended).toEqual(["a", "b", "c"]);
  session.close();
});

ioTest("many requests never exceed the limits, and all of them are answered", function* () {
  let most = 0;
  const { url, underWay } = yield* serve((request, response) => {
    most = Math.max(most, underWay.size);
    mirror(request, response);
  });
  const session = new ClientSession({ limit: 5, limitPerHost: 3 });
  const statuses = yield* gather(
    ...Array.from({ length: 60 }, function* () {
      const response = yield* session.get(url);
      yield* response.read();
      return response.status;
    }),
  );
  expect(statuses).toEqual(Array.from({ length: 60 }, () => 200));
  expect(most).toBeLessThanOrEqual(3);
  session.close();
});

ioTest("a place that is waited for is given up by cancellation at any moment", function* ({ loop }) {
  const { url, underWay } = yield* slowServer();
  const session = new ClientSession({ limit: 1 });
  for (let turns = 0; turns < 12; turns++) {
    const holder = yield* session.get(url);
    const waiting = createTask(session.get(url));
    for (let turn = 0; turn < Math.min(turns, 4); turn++) yield;
    if (turns % 2 === 1) holder.close();
    waiting.cancel();
    expect((yield* thrownBy(waiting[Symbol.iterator]())).code).toBe("ERR_CANCELLED");
    holder.close();
    expect(channelsOf(loop)).toBe(0);
  }
  // None was lost.
  (yield* session.get(url, { connectTimeoutMs: 1000 })).close();
  session.close();
  yield* until("the server has lost them", () => underWay.size === 0);
});

ioTest("closing the session ends the wait for a place", function* () {
  const { url } = yield* slowServer();
  const session = new ClientSession({ limit: 1 });
  yield* session.get(url);
  const waiting = createTask(session.get(url));
  yield* hostTurn();
  session.close();
  expect((yield* thrownBy(waiting[Symbol.iterator]())).code).toBe("ERR_SESSION_CLOSED");
});

ioTest("connectTimeoutMs limits the wait for a place, and timeoutMs all of it", function* () {
  const { url } = yield* slowServer();
  const session = new ClientSession({ limit: 1, connectTimeoutMs: 20 });
  const response = yield* session.get(url);
  const error = yield* thrownBy(session.get(url));
  expect(error).toBeInstanceOf(TimeoutError);
  expect(error.message).toContain(
    "no other exchange of the session ended within 20 ms; use a longer connectTimeoutMs",
  );
  const total = yield* thrownBy(session.get(url, { timeoutMs: 15, connectTimeoutMs: null }));
  expect(total.message).toContain("within 15 ms; use a longer timeoutMs");
  expect((yield* thrownBy(timeout(10, () => session.get(url, { connectTimeoutMs: null })))).name).toBe(
    "TimeoutError",
  );
  response.close();
  // Once it has a place, it is no limit.
  const patient = yield* session.get(url);
  yield* sleep(30);
  expect(patient.status).toBe(200);
  session.close();
});

ioTest("readTimeoutMs limits each wait for the server, and starts anew with each piece", function* () {
  const { url, aborted } = yield* serve((request, response) => {
    if (request.url === "/head") return;
    response.write("begun");
    if (request.url === "/stuck") return;
    let left = 6;
    const timer = setInterval(() => {
      response.write("more");
      if (--left > 0) return;
      clearInterval(timer);
      response.end();
    }, 20);
  });
  const session = new ClientSession({ baseUrl: url, readTimeoutMs: 80 });
  const error = yield* thrownBy(session.get("head"));
  expect(error).toBeInstanceOf(TimeoutError);
  expect(error.message).toContain("nothing came from the server within 80 ms; use a longer readTimeoutMs");
  expect(yield* (yield* session.get("slow")).text()).toBe(`begun${"more".repeat(6)}`);
  const stuck = yield* session.get("stuck");
  // Only while someone waits.
  yield* sleep(100);
  expect((yield* thrownBy(stuck.text())).code).toBe("ERR_TIMEOUT");
  yield* until("the server has lost both", () => aborted.length === 2);
  session.close();
});

ioTest("readTimeoutMs does not count while the body is being sent", function* () {
  const { url } = yield* serve(mirror);
  const session = new ClientSession({ readTimeoutMs: 150 });
  async function* slow() {
    for (let i = 0; i < 4; i++) {
      await sleep(60);
      yield "x";
    }
  }
  expect((yield* (yield* session.post(url, { body: slow() })).json<{ body: string }>()).body).toBe("xxxx");
  session.close();
});

ioTest("a redirect to another origin takes a place there", function* () {
  const there = yield* slowServer();
  let asked = 0;
  const { url } = yield* serve((_request, response) => {
    asked++;
    response.writeHead(302, { location: there.url }).end();
  });
  const session = new ClientSession({ limitPerHost: 1 });
  const holder = yield* session.get(there.url);
  const redirected = createTask(session.get(url));
  yield* until("it is redirected", () => asked === 1);
  // The place at the first origin is free again, and there is none at the other.
  (yield* session.get(url, { redirect: "manual", connectTimeoutMs: 1000 })).close();
  for (let turns = 0; turns < 20; turns++) yield* hostTurn();
  expect([redirected.done(), there.answers.length]).toEqual([false, 1]);
  holder.close();
  (yield* redirected).close();
  expect(there.answers.length).toBe(2);
  session.close();
});

ioTest("limits and time-outs that are none are refused", function* () {
  const bad: [ClientSessionOptions, string][] = [
    [{ limit: 0 }, "ERR_ARGUMENT_VALUE"],
    [{ limit: 1.5 }, "ERR_ARGUMENT_VALUE"],
    [{ limitPerHost: "1" as never }, "ERR_ARGUMENT_TYPE"],
    [{ connectTimeoutMs: Number.NaN }, "ERR_DELAY"],
    [{ readTimeoutMs: "1" as never }, "ERR_DELAY"],
  ];
  for (const [options, code] of bad) expect(thrown(() => new ClientSession(options)).code).toBe(code);
  yield;
});
