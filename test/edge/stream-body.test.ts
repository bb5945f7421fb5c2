/** `streamBody`: a body that a task writes, at the pace of its reader, and only as long as it has one. */
import { expect, test } from "vitest";
import { sleep } from "wasyncio";
import { type ServeOptions, serve, streamBody } from "wasyncio/edge";
import { HostContext } from "./requests.ts";

async function answer(
  feed: Parameters<typeof streamBody>[0],
  options: ServeOptions = {},
  init: RequestInit = {},
): Promise<{ response: Response; ended: Promise<unknown> }> {
  const host = new HostContext();
  const fetch = serve(function* () {
    yield* sleep(1);
    return new Response(streamBody(feed));
  }, options);
  const response = await fetch(new Request("http://host/", init), {}, host);
  return { response, ended: host.ended() };
}

test("a generator function writes after the handler: strings, bytes, nothing", async () => {
  const { response, ended } = await answer(function* (body) {
    yield* body.write("grüße ");
    yield* sleep(10);
    yield* body.write("");
    yield* body.write(new Uint8Array([97, 98]));
  });
  expect(await response.text()).toBe("grüße ab");
  await ended;
});

test("an async function does too", async () => {
  const { response, ended } = await answer(async (body) => {
    for (const piece of ["a", "b", "c"]) {
      await body.write(piece);
      await sleep(2);
    }
  });
  expect(await response.text()).toBe("abc");
  await ended;
});

test("without a host's waitUntil it is read all the same", async () => {
  const fetch = serve(function* () {
    return new Response(
      streamBody(function* (body) {
        yield* sleep(10);
        yield* body.write("late");
      }),
    );
  });
  expect(await (await fetch(new Request("http://host/"))).text()).toBe("late");
});

test("writing waits while nothing is read, and megabytes arrive complete", async () => {
  let written = 0;
  const piece = new Uint8Array(10_000).fill(7);
  const { response, ended } = await answer(function* (body) {
    for (let i = 0; i < 500; i++) {
      yield* body.write(piece);
      written += piece.length;
    }
  });
  await new Promise((resolve) => setTimeout(resolve, 100));
  expect(written).toBeLessThanOrEqual(64 * 1024 + piece.length);
  expect((await response.arrayBuffer()).byteLength).toBe(5_000_000);
  await ended;
  expect(written).toBe(5_000_000);
});

test("a task that fails cuts the body short, without a word, and is reported", async () => {
  const reports: unknown[] = [];
  const { response, ended } = await answer(
    function* (body) {
      yield* body.write("some");
      yield* sleep(1);
      throw new Error("the password is 1234");
    },
    { exceptionHandler: (_loop, { exception }) => reports.push(exception) },
  );
  await expect(response.text()).rejects.toThrow("was not completed");
  await ended;
  expect(reports).toMatchObject([{ message: "the password is 1234" }]);
});

test.each(["who reads has enough", "the request is aborted"])(
  "the task is cancelled when %s",
  async (how) => {
    const log: string[] = [];
    const abort = new AbortController();
    const { response, ended } = await answer(
      function* (body) {
        try {
          for (;;) yield* body.write(new Uint8Array(50_000));
        } finally {
          yield* sleep(1);
          yield* body.write("dropped");
          log.push("cleaned up");
        }
      },
      {},
      { signal: abort.signal },
    );
    const reader = (response.body as ReadableStream<Uint8Array>).getReader();
    expect((await reader.read()).value).toHaveLength(50_000);
    if (how === "who reads has enough") await reader.cancel();
    else abort.abort();
    await ended;
    expect(log).toEqual(["cleaned up"]);
  },
);

test("is an error outside of a request, and for what cannot be written", async () => {
  expect(() => streamBody(function* () {})).toThrow(expect.objectContaining({ code: "ERR_NO_REQUEST" }));
  let code = "";
  const { response, ended } = await answer(function* (body) {
    try {
      yield* body.write(3 as unknown as string);
    } catch (error) {
      code = (error as { code: string }).code;
    }
  });
  expect(await response.text()).toBe("");
  await ended;
  expect(code).toBe("ERR_ARGUMENT_TYPE");
});
