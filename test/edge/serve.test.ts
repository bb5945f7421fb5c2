/** `serve`: the handler as the main task of a loop of its own, what outlives the response, and the end. On web standards. */
import { describe, expect, test } from "vitest";
import {
  adopt,
  allTasks,
  type Clock,
  createTask,
  currentTask,
  type EventLoop,
  getRunningLoop,
  type Host,
  run,
  SystemExit,
  sleep,
  TaskGroup,
  timeout,
} from "wasyncio";
import { type ServeOptions, serve, waitUntil } from "wasyncio/edge";
import { VirtualClock } from "wasyncio/testing";
import { setAlarm } from "../../src/host/alarm.ts";
import { collector, get, HostContext } from "./requests.ts";

describe("the handler", () => {
  test.each([
    [
      "a generator function",
      serve(function* (request: Request) {
        yield* sleep(1);
        return new Response(request.url);
      }),
    ],
    [
      "an async function",
      serve(async (request: Request) => {
        await sleep(1);
        return new Response(request.url);
      }),
    ],
    ["a plain function", serve((request: Request) => new Response(request.url))],
    [
      "a function that gives a coroutine",
      serve((request: Request) =>
        (function* () {
          yield;
          return new Response(request.url);
        })(),
      ),
    ],
  ])("may be %s", async (_kind, fetch) => {
    const response = await fetch(get());
    expect([response.status, await response.text()]).toEqual([200, "http://host/some/path?secret=1"]);
  });

  test("is the main task of a loop of its own, closed when all is over", async () => {
    const loops: EventLoop[] = [];
    const fetch = serve(function* () {
      const loop = getRunningLoop();
      loops.push(loop);
      yield* sleep(5);
      expect(allTasks()).toEqual(new Set([currentTask()]));
      return new Response(currentTask()?.getName());
    });
    const hosts = [new HostContext(), new HostContext()];
    const responses = await Promise.all(hosts.map((host) => fetch(get(), {}, host)));
    expect(await responses[0]?.text()).toBe("GET /some/path");
    await Promise.all(hosts.map((host) => host.ended()));
    expect(new Set(loops).size).toBe(2);
    expect(loops.map((loop) => loop.isClosed())).toEqual([true, true]);
  });

  test("gets the environment and the host's context, with methods that work", async () => {
    const host = new HostContext();
    const fetch = serve(function* (_request: Request, env: { key: string }, ctx: HostContext) {
      ctx.passThroughOnException();
      return Response.json([env.key, ctx.props.tenant, ctx.askedFor(), "props" in ctx, "nothing" in ctx]);
    });
    expect(await (await fetch(get(), { key: "k" }, host)).json()).toEqual(["k", "acme", 1, true, false]);
    expect(host.passed).toBe(1);
  });

  test.each([
    [
      "a generator function",
      function* (): Generator<unknown, Response, unknown> {
        yield;
        throw new Error("the password is 1234");
      },
    ],
    [
      "an async function",
      async (): Promise<Response> => {
        await sleep(1);
        throw new Error("the password is 1234");
      },
    ],
  ])("fails: a 500 that does not say why, and a report (%s)", async (_kind, handler) => {
    const { reports, options } = collector();
    const response = await serve(handler, options)(get());
    expect([response.status, await response.text()]).toEqual([500, "Internal Server Error"]);
    expect([...response.headers]).toEqual([["content-type", "text/plain;charset=utf-8"]]);
    expect(reports).toHaveLength(1);
    expect(reports[0]).toMatchObject({
      message: "unhandled exception in the request handler",
      exception: { message: "the password is 1234" },
    });
    expect(String(reports[0]?.task)).toContain("GET /some/path");
    expect(String(reports[0]?.task)).not.toContain("secret");
  });

  test("fails before it begins: a 500 as well", async () => {
    const { reports, options } = collector();
    const fetch = serve(function* (_request: Request, { key }: { key: string }) {
      return new Response(key);
    }, options);
    expect((await fetch(get())).status).toBe(500);
    expect(reports[0]?.exception).toBeInstanceOf(TypeError);
  });

  test.each([[undefined], [null], ["text"], [{ status: 200 }]])(
    "that returns %s is an error with a code, and a 500",
    async (value) => {
      const { reports, options } = collector();
      const fetch = serve((() => value) as unknown as () => Response, options);
      expect((await fetch(get())).status).toBe(500);
      expect(reports[0]?.exception).toMatchObject({ name: "EdgeError", code: "ERR_RESPONSE_EXPECTED" });
    },
  );

  test("is cancelled when the request is aborted, and cleans up", async () => {
    const log: string[] = [];
    const abort = new AbortController();
    const fetch = serve(function* () {
      try {
        yield* timeout(1e6, () =>
          new TaskGroup().with(function* (group) {
            group.createTask(
              (function* () {
                try {
                  yield* sleep(1e6);
                } finally {
                  yield* sleep(1);
                  log.push("child");
                }
              })(),
            );
            abort.abort();
            yield* sleep(1e6);
          }),
        );
      } finally {
        yield* sleep(1);
        log.push("handler");
      }
      return new Response("never");
    });
    const host = new HostContext();
    const response = await fetch(get({ signal: abort.signal }), {}, host);
    expect([response.status, response.body, log]).toEqual([499, null, ["child", "handler"]]);
    await host.ended();
  });

  test("does not begin when the request was aborted before", async () => {
    let begun = false;
    const { reports, options } = collector();
    const fetch = serve(async () => {
      begun = true;
      return new Response();
    }, options);
    expect((await fetch(get({ signal: AbortSignal.abort() }))).status).toBe(499);
    expect([begun, reports]).toEqual([false, []]);
  });

  test("may answer an aborted request, and an abort after the response changes nothing", async () => {
    const abort = new AbortController();
    const fetch = serve(function* () {
      waitUntil(sleep(20));
      return new Response("as ever");
    });
    const host = new HostContext();
    const response = await fetch(get({ signal: abort.signal }), {}, host);
    abort.abort();
    expect(await response.text()).toBe("as ever");
    await host.ended();
  });

  test("that cancels itself has failed", async () => {
    const { reports, options } = collector();
    const fetch = serve(function* () {
      currentTask()?.cancel();
      yield* sleep(1);
      return new Response();
    }, options);
    expect((await fetch(get())).status).toBe(500);
    expect(reports[0]?.exception).toMatchObject({ code: "ERR_CANCELLED" });
  });

  test("that exits ends with a 500, and what is left cleans up", async () => {
    const log: string[] = [];
    const { reports, options } = collector();
    const fetch = serve(function* () {
      createTask(
        (function* () {
          try {
            yield* sleep(1e6);
          } finally {
            log.push("cleaned up");
          }
        })(),
      );
      yield* sleep(1);
      throw new SystemExit(3);
    }, options);
    expect((await fetch(get())).status).toBe(500);
    expect(reports).toMatchObject([
      { message: "unhandled exception in the request handler", exception: { status: 3 } },
    ]);
    expect(log).toEqual(["cleaned up"]);
  });

  test("fails after passThroughOnException: the host gets the error", async () => {
    const { reports, options } = collector();
    const fetch = serve(function* (_request: Request, _env, ctx): Generator<unknown, Response, unknown> {
      ctx.passThroughOnException();
      yield* sleep(1);
      throw new Error("ask the origin");
    }, options);
    const host = new HostContext();
    await expect(fetch(get(), {}, host)).rejects.toThrow("ask the origin");
    await host.ended();
    expect([reports.length, host.passed]).toEqual([1, 1]);
  });
});

/** Time stands still while code runs, and even when a timer has fired, as it may on edge hosts. */
class FrozenClock implements Clock {
  attach(host: Host): Host {
    const now = () => 1000;
    return Object.create(host, {
      now: { value: now },
      wakeSoon: { value: (wake: () => void) => host.wakeSoon(wake) },
      keepAlive: { value: (on: boolean) => host.keepAlive(on) },
      writeError: { value: (text: string) => host.writeError(text) },
      wakeAt: {
        value: (deadlineMs: number, wake: () => void) =>
          setAlarm({ now, setTimeout, clearTimeout }, deadlineMs, wake),
      },
    }) as Host;
  }
}

describe("under a custom clock", () => {
  test("that is frozen, timers and timeouts still end, in order", async () => {
    const log: string[] = [];
    const startMs = performance.now();
    const fetch = serve(
      function* () {
        const loop = getRunningLoop();
        yield* new TaskGroup().with(function* (group) {
          for (const delayMs of [30, 10, 20]) {
            group.createTask(
              (function* () {
                yield* sleep(delayMs);
                log.push(`slept ${delayMs}`);
              })(),
            );
          }
        });
        for (let i = 0; i < 3; i++) yield* sleep(20);
        expect(performance.now() - startMs).toBeGreaterThanOrEqual(29 + 3 * 19);
        expect(loop.time()).toBeGreaterThanOrEqual(90);
        try {
          yield* timeout(20, () => sleep(600_000));
        } catch (error) {
          log.push((error as Error).name);
        }
        for (let i = 0; i < 1000; i++) yield* sleep(0);
        waitUntil(adopt(new Promise((resolve) => setTimeout(resolve, 10))));
        return new Response(String(typeof loop.time()));
      },
      { clock: new FrozenClock() },
    );
    const host = new HostContext();
    expect(await (await fetch(get(), {}, host)).text()).toBe("number");
    await host.ended();
    expect(log).toEqual(["slept 10", "slept 20", "slept 30", "TimeoutError"]);
  });

  test("that is virtual, an hour takes no time", async () => {
    const clock = new VirtualClock();
    const fetch = serve(
      function* () {
        yield* sleep(3_600_000);
        return new Response("an hour later");
      },
      { clock },
    );
    expect(await (await fetch(get())).text()).toBe("an hour later");
    expect(clock.time()).toBe(3_600_000);
  });
});

describe("serve", () => {
  test.each([
    ["no handler", undefined, {}, "ERR_CALLBACK_EXPECTED"],
    ["a handler that is no function", {}, {}, "ERR_CALLBACK_EXPECTED"],
    ["no options", () => {}, null, "ERR_ARGUMENT_TYPE"],
    ["a clock that is none", () => {}, { clock: 3 }, "ERR_ARGUMENT_TYPE"],
    ["a clock that is null", () => {}, { clock: null }, "ERR_ARGUMENT_TYPE"],
    ["debug that is no boolean", () => {}, { debug: "yes" }, "ERR_ARGUMENT_TYPE"],
    ["an exception handler that is none", () => {}, { exceptionHandler: {} }, "ERR_ARGUMENT_TYPE"],
  ])("refuses %s", (_what, handler, options, code) => {
    expect(() => serve(handler as unknown as () => Response, options as unknown as ServeOptions)).toThrow(
      expect.objectContaining({ name: "ArgumentError", code }),
    );
  });

  test("is no part of a running loop", async () => {
    const fetch = serve(() => new Response());
    const outcome = await run(function* () {
      try {
        yield* adopt(fetch(get()));
        return "no error";
      } catch (error) {
        return (error as { code: string }).code;
      }
    });
    expect(outcome).toBe("ERR_LOOP_RUNNING");
  });
});
