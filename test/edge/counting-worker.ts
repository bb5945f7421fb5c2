/**
 * A worker only for worker.test.ts: the example, and another handler, on loops that count what they start and what is
 * left when they are closed.
 */
import {
  type Coroutine,
  createTask,
  DefaultEventLoopPolicy,
  EventLoop,
  gather,
  type LoopOptions,
  setEventLoopPolicy,
  sleep,
  type Task,
  TaskGroup,
  timeout,
} from "wasyncio";
import { serve, streamBody, waitUntil } from "wasyncio/edge";
import example from "../../examples/edge/worker.ts";

const counts = {
  loops: 0,
  closed: 0,
  /** What held a slot when its loop was closed, and was neither done nor cancelled. */
  leaked: [] as string[],
  tasks: 0,
  tasksEnded: 0,
  begun: 0,
  finallyRan: 0,
  aborted: 0,
};

class CountingLoop extends EventLoop {
  override createTask<T>(...args: Parameters<EventLoop["createTask"]>): Task<T> {
    const task = super.createTask(...args) as Task<T>;
    counts.tasks++;
    task.addDoneCallback(() => counts.tasksEnded++);
    return task;
  }

  override close(): void {
    if (!this.isClosed()) {
      counts.closed++;
      counts.leaked.push(
        ...this.scheduler.core.objects().map((object) => `${object.constructor.name} ${object}`),
      );
    }
    super.close();
  }
}

class CountingPolicy extends DefaultEventLoopPolicy {
  override newEventLoop(options?: LoopOptions): EventLoop {
    counts.loops++;
    return new CountingLoop(options);
  }
}

setEventLoopPolicy(new CountingPolicy());

function* counted<T>(body: () => Coroutine<T>) {
  counts.begun++;
  try {
    return yield* body();
  } finally {
    // Cleaning up takes time, and I/O.
    yield* sleep(5);
    counts.finallyRan++;
  }
}

const fetchCounted = serve(function* (request: Request) {
  const delayMs = Number(new URL(request.url).searchParams.get("delayMs"));
  request.signal.addEventListener("abort", () => counts.aborted++);
  // Left behind: it is cancelled when the handler has returned.
  createTask(counted(() => sleep(600_000)));
  return yield* counted(function* () {
    const group = new TaskGroup().with(function* (group) {
      for (let i = 0; i < 3; i++) {
        group.createTask(
          counted(function* () {
            yield* sleep(delayMs);
          }),
        );
      }
    });
    yield* gather(
      timeout(600_000, () => group),
      sleep(delayMs),
    );
    waitUntil(
      counted(function* () {
        yield* sleep(20);
      }),
    );
    return new Response(`after ${delayMs} ms`);
  });
});

/** The same with an async function. */
const fetchAsync = serve(async (request: Request, _env, ctx) => {
  const delayMs = Number(new URL(request.url).searchParams.get("delayMs"));
  counts.begun++;
  try {
    await new TaskGroup().with(async (group) => {
      group.createTask(counted(() => sleep(delayMs)));
      await sleep(delayMs);
    });
    ctx.waitUntil(async () => {
      await sleep(20);
    });
    return new Response(`after ${delayMs} ms`);
  } finally {
    await sleep(5);
    counts.finallyRan++;
  }
});

/** Streams for as long as it is read. */
const fetchEndless = serve(function* () {
  const body = streamBody((body) =>
    counted(function* () {
      for (;;) yield* body.write(new Uint8Array(20_000));
    }),
  );
  return new Response(body);
});

export default {
  async fetch(
    request: Request,
    env: { UPSTREAMS: string; LOG: string },
    ctx: { waitUntil(promise: Promise<unknown>): void },
  ): Promise<Response> {
    const { pathname } = new URL(request.url);
    if (pathname === "/counts") return Response.json(counts);
    if (pathname === "/counted") return await fetchCounted(request, env, ctx);
    if (pathname === "/endless") return await fetchEndless(request, env, ctx);
    if (pathname === "/async") return await fetchAsync(request, env, ctx);
    return await example.fetch(request, env, ctx);
  },
};
