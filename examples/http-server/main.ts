/**
 * An HTTP server on streams. `node build/examples/http-server/main.js [PORT]`, and Ctrl-C to end it.
 * `curl localhost:8080/hello`, or `wrk -c 100 http://127.0.0.1:8080/`.
 */
import { run, sleep } from "wasyncio";
import { type HttpRequest, serveHttp } from "./streams.ts";

function* handle(request: HttpRequest) {
  if (request.path.startsWith("/slow")) yield* sleep(1000);
  if (request.method === "POST") return { body: request.body };
  return { headers: { "content-type": "text/plain" }, body: `You asked for ${request.path}\n` };
}

await run(function* () {
  const server = yield* serveHttp(handle, Number(process.argv[2] ?? 8080));
  console.log(`listening on http://127.0.0.1:${server.addresses[0]?.port}`);
  yield* server.with((listening) => listening.serveForever(), { graceMs: 1000 });
});
