/** The example and a handler that counts, as a worker within workerd, spoken to by HTTP; the example on edge-runtime too. */
import { once } from "node:events";
import { createServer, type IncomingMessage, request, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { edgeRuntime } from "../../hosts/edge-runtime.ts";
import { type ServedWorker, serveWorker, workerd } from "../../hosts/workerd.ts";
import { isExpected } from "../hosts/presence.ts";
import { Bundles } from "./bundle.ts";

interface Counts {
  readonly loops: number;
  readonly closed: number;
  readonly leaked: readonly string[];
  readonly tasks: number;
  readonly tasksEnded: number;
  readonly begun: number;
  readonly finallyRan: number;
  readonly aborted: number;
}

interface Answer {
  readonly status: number;
  readonly text: string;
}

const onWorkerd = await isExpected(workerd);
const onEdgeRuntime = await isExpected(edgeRuntime);

const bundles = new Bundles();
/** What was posted to the upstream's log. */
const logged: string[] = [];
let upstream: Server;
let upstreamUrl: string;
let upstreams: string;

beforeAll(async () => {
  upstream = createServer(async (incoming, outgoing) => {
    const { pathname, searchParams } = new URL(incoming.url as string, "http://upstream");
    if (pathname === "/log") {
      await new Promise((resolve) => setTimeout(resolve, 100));
      logged.push(await textOf(incoming));
      outgoing.end();
    } else if (pathname === "/missing") {
      outgoing.statusCode = 404;
      outgoing.end("nothing here");
    } else {
      setTimeout(() => outgoing.end(`from ${pathname}`), Number(searchParams.get("delayMs")));
    }
  });
  upstream.listen(0, "127.0.0.1");
  await once(upstream, "listening");
  upstreamUrl = `http://127.0.0.1:${(upstream.address() as AddressInfo).port}`;
  upstreams = ["/a", "/b?delayMs=50", "/missing", "/slow?delayMs=5000"]
    .map((path) => upstreamUrl + path)
    .join(" ");
});

afterAll(async () => {
  upstream.closeAllConnections();
  upstream.close();
  await bundles.remove();
});

async function textOf(message: IncomingMessage): Promise<string> {
  const pieces: Buffer[] = [];
  for await (const piece of message) pieces.push(piece as Buffer);
  return Buffer.concat(pieces).toString();
}

interface Asking {
  readonly method?: string;
  readonly body?: string;
  /** When the client goes away. The answer is rejected then, if it was not complete. */
  readonly abort?: Promise<void> | "at the first piece of the body";
}

/** Asks the worker. */
function ask(
  { socketPath }: ServedWorker,
  path: string,
  { method = "GET", body = "", abort }: Asking = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const outgoing = request({ socketPath, path, method, agent: false }, (incoming) => {
      if (typeof abort === "string") incoming.once("data", () => outgoing.destroy());
      textOf(incoming).then((text) => resolve({ status: incoming.statusCode as number, text }), reject);
    });
    outgoing.on("error", reject);
    if (abort instanceof Promise) abort.then(() => outgoing.destroy());
    outgoing.end(body);
  });
}

/** The example's `Env`. */
const variables = () => ({ UPSTREAMS: upstreams, LOG: `${upstreamUrl}/log`, PATIENCE_MS: 1000 });

const findings = () => [
  { url: `${upstreamUrl}/a`, text: "from /a" },
  { url: `${upstreamUrl}/b?delayMs=50`, text: "from /b" },
  { url: `${upstreamUrl}/missing`, error: "ERR_HTTP_STATUS" },
  { url: `${upstreamUrl}/slow?delayMs=5000`, error: "ERR_TIMEOUT" },
];

describe.skipIf(!onWorkerd).each([
  ["with nodejs_compat", true],
  ["without", false],
])("the worker in workerd, %s", (_how, nodejsCompat) => {
  let worker: ServedWorker;

  beforeAll(async () => {
    worker = await serveWorker({
      file: await bundles.ofFile("workerd", "test/edge/counting-worker.ts"),
      variables: variables(),
      nodejsCompat,
    });
  });

  let errors = "";
  afterAll(async () => {
    errors += await worker.close();
    // The one that is provoked.
    expect(errors).not.toMatch(/hung|never/);
  });

  const counts = async () => JSON.parse((await ask(worker, "/counts")).text) as Counts;

  test("the example asks all upstreams at once and answers with what came in time", async () => {
    const startMs = performance.now();
    const { status, text } = await ask(worker, "/");
    expect(performance.now() - startMs).toBeLessThan(2000);
    expect([status, JSON.parse(text)]).toEqual([200, findings()]);
  });

  test("the example answers early, and does the rest after the response", async () => {
    logged.length = 0;
    const answer = await ask(worker, "/order", { method: "POST", body: '{"item":"tea"}' });
    expect(logged).toEqual([]);
    expect(answer).toEqual({ status: 202, text: '{"accepted":"tea"}' });
    await expect.poll(() => logged).toEqual(['{"item":"tea"}']);
  });

  test("the example streams", async () => {
    const text = [1, 2, 3, 4, 5].map((tick) => `tick ${tick}\n`).join("");
    expect(await ask(worker, "/ticks")).toEqual({ status: 200, text });
  });

  test("an error of the example is a 500 that does not say why; the reason is written", async () => {
    expect(await ask(worker, "/broken")).toEqual({ status: 500, text: "Internal Server Error" });
    expect(await ask(worker, "/order", { method: "POST", body: "no JSON" })).toMatchObject({ status: 500 });
    expect(await ask(worker, "/nowhere")).toEqual({ status: 404, text: "not found" });
  });

  test("200 requests at once, some of them aborted: every finally runs, and no slot is left", async () => {
    const before = await counts();
    let goAway = () => {};
    const allBegun = new Promise<void>((resolve) => {
      goAway = resolve;
    });
    const ticks = [1, 2, 3, 4, 5].map((tick) => `tick ${tick}\n`).join("");
    const asked: { answer: Promise<Answer>; expected: unknown }[] = [];
    for (let i = 0; i < 50; i++) {
      const aborted = i % 5 === 0;
      // Without the client's going away they would not end before the test does.
      const delayMs = aborted ? 600_000 : 300 + i;
      for (const [path, text] of [
        [`/counted?delayMs=${delayMs}`, `after ${delayMs} ms`],
        [`/async?delayMs=${delayMs}`, `after ${delayMs} ms`],
        // Who else is late when so many ask at once is not the worker's fault.
        ["/", expect.stringContaining(JSON.stringify(findings().at(-1)))],
        ["/ticks", ticks],
      ] as const) {
        const abort = path === "/ticks" ? ("at the first piece of the body" as const) : allBegun;
        const answer = ask(worker, path, aborted ? { abort } : {});
        answer.catch(() => {});
        // That of "/" may have been complete when the client went away.
        if (!aborted || path !== "/")
          asked.push({ answer, expected: aborted ? undefined : { status: 200, text } });
      }
    }
    await expect.poll(async () => (await counts()).loops - before.loops, { timeout: 8000 }).toBe(200);
    goAway();
    for (const { answer, expected } of asked) {
      if (expected === undefined) await expect(answer).rejects.toThrow();
      else expect(await answer).toEqual(expected);
    }
    await expect
      .poll(
        async () => {
          const now = await counts();
          return [now.loops - now.closed, now.tasks - now.tasksEnded, now.begun - now.finallyRan];
        },
        { timeout: 8000 },
      )
      .toEqual([0, 0, 0]);
    const after = await counts();
    expect(after.leaked).toEqual([]);
    // 40 and 10 of the first kind: handler, what is left behind, three of the group, and after the response unless aborted;
    // and 50 of the second: handler and one of the group.
    expect(after.begun - before.begun).toBe(40 * 6 + 10 * 5 + 50 * 2);
    expect(after.aborted - before.aborted).toBeGreaterThanOrEqual(10);
  });

  test("a client that leaves a stream ends the task that writes it", async () => {
    const before = await counts();
    const answers = Array.from({ length: 10 }, () =>
      ask(worker, "/endless", { abort: "at the first piece of the body" }),
    );
    const outcomes = await Promise.allSettled(answers);
    expect(outcomes.map(({ status }) => status)).toEqual(answers.map(() => "rejected"));
    await expect
      .poll(
        async () => {
          const now = await counts();
          return [now.finallyRan - before.finallyRan, now.loops - now.closed];
        },
        { timeout: 5000 },
      )
      .toEqual([10, 0]);
    expect((await counts()).leaked).toEqual([]);
  });

  test("an error of the handler is written where the worker's errors are", async () => {
    errors += await worker.close();
    expect(errors + worker.lines.join("\n")).toMatch(
      /unhandled exception in the request handler[\s\S]*password is wrong/,
    );
  });
});

test.skipIf(!onWorkerd)("a loop may have more timers than workerd gives to a worker", async () => {
  const file = await bundles.ofText(
    "workerd",
    `import { gather, sleep } from "wasyncio";
     import { serve } from "wasyncio/edge";
     const fetch = serve(function* () {
       const slept = yield* gather(...Array.from({ length: 20_000 }, (_, i) => sleep(1 + (i % 50), i)));
       return Response.json(slept.length);
     });
     export default async () => await (await fetch(new Request("http://edge/"))).json();`,
  );
  const session = await workerd.start();
  try {
    expect(await session.run({ file, config: null, timeoutMs: 20_000 })).toBe(20_000);
  } finally {
    await session.close();
  }
});

test.skipIf(!onEdgeRuntime)("the example's handler runs on edge-runtime", async () => {
  logged.length = 0;
  const file = await bundles.ofText(
    "edge-light",
    `import worker from "../../examples/edge/worker.ts";
     export default async (env) => {
       const behind = [];
       const ctx = { waitUntil: (promise) => behind.push(promise) };
       const ask = async (path, init) => {
         const response = await worker.fetch(new Request("http://edge" + path, init), env, ctx);
         return [response.status, await response.text()];
       };
       const answers = [];
       for (const path of ["/", "/ticks", "/broken"]) answers.push(await ask(path));
       answers.push(await ask("/order", { method: "POST", body: '{"item":"tea"}' }));
       await Promise.all(behind);
       return answers;
     };`,
  );
  const session = await edgeRuntime.start();
  try {
    const answer = await session.run({ file, config: variables(), timeoutMs: 20_000 });
    expect(answer).toEqual([
      [200, JSON.stringify(findings())],
      [200, [1, 2, 3, 4, 5].map((tick) => `tick ${tick}\n`).join("")],
      [500, "Internal Server Error"],
      [202, '{"accepted":"tea"}'],
    ]);
    expect(logged).toEqual(['{"item":"tea"}']);
  } finally {
    await session.close();
  }
});
