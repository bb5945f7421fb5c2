/** A program as a user of the published types writes it. Compiled by declarations.test.ts against the build, never run. */
import {
  adopt,
  createTask,
  currentTask,
  type EventLoop,
  Future,
  gather,
  getRunningLoop,
  type Host,
  openConnection,
  Queue,
  run,
  sleep,
  startServer,
  Task,
  TaskGroup,
} from "wasyncio";
import { serve } from "wasyncio/edge";
import { ClientSession } from "wasyncio/http";
import { VirtualClock } from "wasyncio/testing";

export class OwnTask<T> extends Task<T> {
  override cancel(message?: string): boolean {
    return super.cancel(message);
  }
}

export class OwnFuture extends Future<string> {}

export const both: Promise<[number, string]> = run(() => gather(sleep(1, 1), sleep(2, "a")));

export const sums: Promise<number> = run(
  function* () {
    const loop: EventLoop = getRunningLoop();
    const queue = new Queue<number>(1);
    yield* queue.put(yield* loop.callSoon((a: number, b: number) => a + b, 1, 2));
    const [reader, writer] = yield* openConnection("127.0.0.1", 1);
    writer.write(yield* reader.readline());
    return yield* new TaskGroup().with(function* (group) {
      const task: Task<number> = group.createTask(queue.get());
      return (yield* task) + (yield* createTask(async () => await sleep(1, 2)));
    });
  },
  { clock: new VirtualClock() },
);

export const status: Promise<number> = run(async () => {
  await using session = new ClientSession({ timeoutMs: 1000 });
  await using server = await startServer(() => {}, { port: 0 });
  const response = await session.get(`http://127.0.0.1:${server.addresses[0]?.port}/`);
  return response.status;
});

/** What the package calls a signal is what the program's own types do. */
export const aborted: Promise<boolean> = run(async () => {
  const abort = new AbortController();
  const response = await adopt(fetch("http://127.0.0.1/", { signal: currentTask()?.signal ?? null }), {
    abort,
  });
  return response.ok;
});

export const fetchOf = (host: Host): typeof fetch | undefined => host.fetch;

export const worker = {
  fetch: serve(function* (request: Request) {
    yield* sleep(1);
    return new Response(request.url);
  }),
};
