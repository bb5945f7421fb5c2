/**
 * A worker: asks several services at once and answers with what came in time, answers before the work is done, and streams.
 *
 *   npx wrangler dev worker.ts --compatibility-flags enable_request_signal     in a project with wasyncio installed
 *
 * The same handler runs on Vercel's edge: export default (request) => worker.fetch(request, process.env, { waitUntil })
 */
import { adopt, type Coroutine, sleep, type Task, TaskGroup, timeout } from "wasyncio";
import { type EdgeContext, serve, streamBody } from "wasyncio/edge";
import { ClientSession } from "wasyncio/http";

interface Env {
  /** The services to ask: URLs, separated by spaces. */
  readonly UPSTREAMS: string;
  /** Where a line for each order is posted. */
  readonly LOG: string;
  /** How long a service may take, in milliseconds; by default 300. */
  readonly PATIENCE_MS?: number;
}

interface Finding {
  readonly url: string;
  readonly text?: string;
  readonly error?: string;
}

/** Asks one service. Its failure is an answer too. */
function* ask(session: ClientSession, url: string, patienceMs: number): Coroutine<Finding> {
  try {
    return yield* timeout(patienceMs, function* () {
      const response = yield* session.get(url);
      response.raiseForStatus();
      return { url, text: yield* response.text() };
    });
  } catch (error) {
    // A cancellation because the client has gone is not ours to answer.
    const { code } = error as { code?: string };
    if (code === "ERR_CANCELLED") throw error;
    return { url, error: code ?? "ERR_UNKNOWN" };
  }
}

/** All services at once. The group ends when all of them have answered, failed or taken too long. */
function* askAll(env: Env): Coroutine<Response> {
  const findings = yield* new ClientSession().with((session) =>
    new TaskGroup().with(function* (group) {
      const tasks: Task<Finding>[] = [];
      for (const url of env.UPSTREAMS.split(" "))
        tasks.push(group.createTask(ask(session, url, env.PATIENCE_MS ?? 300)));
      const all: Finding[] = [];
      for (const task of tasks) all.push(yield* task);
      return all;
    }),
  );
  return Response.json(findings);
}

/** Answers at once; the line is posted after the response. */
function* order(request: Request, env: Env, ctx: EdgeContext): Coroutine<Response> {
  const { item } = (yield* adopt(request.json())) as { item?: unknown };
  if (typeof item !== "string") return Response.json({ error: "no item" }, { status: 400 });
  ctx.waitUntil(
    new ClientSession().with(function* (session) {
      const response = yield* session.post(env.LOG, { json: { item } });
      response.raiseForStatus();
    }),
  );
  return Response.json({ accepted: item }, { status: 202 });
}

/** A line every now and then. The body is written by a task that outlives the handler, but not the client. */
function ticks(): Response {
  const body = streamBody(function* (body) {
    for (let tick = 1; tick <= 5; tick++) {
      yield* body.write(`tick ${tick}\n`);
      yield* sleep(20);
    }
  });
  return new Response(body, { headers: { "content-type": "text/plain" } });
}

export default {
  fetch: serve(function* (request: Request, env: Env, ctx) {
    const { pathname } = new URL(request.url);
    if (pathname === "/") return yield* askAll(env);
    if (pathname === "/order" && request.method === "POST") return yield* order(request, env, ctx);
    if (pathname === "/ticks") return ticks();
    // The client gets a plain 500; the reason is written where the worker's errors are.
    if (pathname === "/broken") throw new Error("the database password is wrong");
    return new Response("not found", { status: 404 });
  }),
};
