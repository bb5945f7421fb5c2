/** What outlives the response, by `waitUntil`, and what is cancelled after it. */
import { describe, expect, test } from "vitest";
import { adopt, createTask, type Future, gather, run, sleep } from "wasyncio";
import { type EdgeError, serve, waitUntil } from "wasyncio/edge";
import { collector, gate, get, HostContext } from "./requests.ts";

describe("what is left when the handler has returned", () => {
  const leaving = (log: string[], cleaned: () => Promise<void>) =>
    serve(function* () {
      createTask(
        (function* () {
          try {
            yield* sleep(1e6);
          } finally {
            yield* adopt(cleaned());
            log.push("cleaned up");
          }
        })(),
      );
      yield* sleep(1);
      return new Response();
    });

  test("is cancelled, and does not hold up the response", async () => {
    const log: string[] = [];
    const host = new HostContext();
    const { opened, open } = gate();
    await leaving(log, () => opened)(get(), {}, host);
    expect(log).toEqual([]);
    open();
    await host.ended();
    expect(log).toEqual(["cleaned up"]);
  });

  test("has ended when the response is there, where the host gives no waitUntil", async () => {
    const log: string[] = [];
    await leaving(log, () => new Promise((resolve) => setTimeout(resolve, 30)))(get());
    expect(log).toEqual(["cleaned up"]);
  });

  test("and fails is reported", async () => {
    const { reports, options } = collector();
    const fetch = serve(function* () {
      createTask(
        (function* () {
          try {
            yield* sleep(1e6);
          } catch {
            throw new Error("cannot clean up");
          }
        })(),
      );
      yield* sleep(1);
      return new Response();
    }, options);
    expect((await fetch(get())).status).toBe(200);
    expect(reports).toMatchObject([{ exception: { message: "cannot clean up" } }]);
  });
});

describe("waitUntil", () => {
  test("lets a task, a coroutine, an async function and a promise end after the response", async () => {
    const log: string[] = [];
    const { opened, open } = gate();
    const fetch = serve(function* (_request: Request, _env, ctx) {
      const named = (name: string) =>
        (function* () {
          yield* adopt(opened);
          log.push(name);
          return name;
        })();
      const task = createTask(named("task"));
      expect(waitUntil(task)).toBe(task);
      expect(ctx.waitUntil(task)).toBe(task);
      const coroutine: Future<string> = ctx.waitUntil(named("coroutine"));
      waitUntil(async () => {
        log.push(await coroutine);
      });
      ctx.waitUntil(
        opened.then(() => new Promise((resolve) => setTimeout(resolve, 50))).then(() => log.push("promise")),
      );
      return new Response();
    });
    const host = new HostContext();
    await fetch(get(), {}, host);
    expect(log).toEqual([]);
    open();
    await host.ended();
    expect(log).toEqual(["task", "coroutine", "coroutine", "promise"]);
  });

  test("keeps the whole loop: what the work has started goes on, and what is left is cancelled after it", async () => {
    const log: string[] = [];
    function* step(name: string, delayMs: number) {
      try {
        yield* sleep(delayMs);
        log.push(name);
      } finally {
        log.push(`${name} over`);
      }
    }
    const fetch = serve(function* () {
      createTask(step("left behind", 1e6));
      waitUntil(gather(step("a", 10), step("b", 20)));
      yield* sleep(1);
      waitUntil(
        (function* () {
          yield* sleep(30);
          waitUntil(step("later", 10));
        })(),
      );
      return new Response();
    });
    const host = new HostContext();
    await fetch(get(), {}, host);
    await host.ended();
    expect(log).toEqual(["a", "a over", "b", "b over", "later", "later over", "left behind over"]);
  });

  test("goes on after the client has gone", async () => {
    const abort = new AbortController();
    let done = false;
    const fetch = serve(function* () {
      try {
        yield* sleep(1e6);
      } finally {
        waitUntil(
          (function* () {
            yield* sleep(10);
            done = true;
          })(),
        );
      }
      return new Response();
    });
    const host = new HostContext();
    const answer = fetch(get({ signal: abort.signal }), {}, host);
    setTimeout(() => abort.abort(), 10);
    expect((await answer).status).toBe(499);
    await host.ended();
    expect(done).toBe(true);
  });

  test("reports work that fails, and does not mind work that is cancelled", async () => {
    const { reports, options } = collector();
    const fetch = serve(function* (_request: Request, _env, ctx) {
      ctx.waitUntil(Promise.reject(new Error("first")));
      ctx.waitUntil(async () => {
        await sleep(5);
        throw new Error("second");
      });
      waitUntil(createTask(sleep(1e6))).cancel();
      return new Response();
    }, options);
    const host = new HostContext();
    expect((await fetch(get(), {}, host)).status).toBe(200);
    await host.ended();
    expect(reports.map(({ exception }) => (exception as Error).message)).toEqual(["first", "second"]);
  });

  test("is an error outside of a request, too late, and for what is no work", async () => {
    const log: unknown[] = [];
    const code = (call: () => unknown) => {
      try {
        call();
        return "no error";
      } catch (error) {
        return (error as EdgeError).code;
      }
    };
    expect(code(() => waitUntil(Promise.resolve()))).toBe("ERR_NO_REQUEST");
    await run(function* () {
      expect(code(() => waitUntil(sleep(1)))).toBe("ERR_NO_REQUEST");
    });
    let late: (() => unknown) | undefined;
    const fetch = serve(function* (_request: Request, _env, ctx) {
      late = () => ctx.waitUntil(Promise.resolve());
      log.push(code(() => waitUntil(3 as unknown as Promise<void>)));
      log.push(code(() => waitUntil({} as unknown as Promise<void>)));
      createTask(
        (function* () {
          try {
            yield* sleep(1e6);
          } finally {
            log.push(code(() => waitUntil(Promise.resolve())));
          }
        })(),
      );
      yield* sleep(1);
      return new Response();
    });
    await fetch(get());
    expect(log).toEqual(["ERR_COROUTINE_EXPECTED", "ERR_COROUTINE_EXPECTED", "ERR_REQUEST_OVER"]);
    expect(code(late as () => unknown)).toBe("ERR_REQUEST_OVER");
  });
});
