/**
 * An HTTP server for real use: `serve` of wasyncio/edge, on the HTTP of the host, which knows all of the protocol. A loop for
 * each request, whose tasks end with it; when the client goes away, they are cancelled.
 *
 *     node build/examples/http-server/serve.js [PORT]
 *     deno run --allow-net build/examples/http-server/serve.js, bun build/examples/http-server/serve.js
 */
import { sleep, timeout } from "wasyncio";
import { serve } from "wasyncio/edge";

const answer = serve(function* (request: Request) {
  const { pathname } = new URL(request.url);
  if (pathname === "/slow") yield* timeout(2000, () => sleep(1000));
  return new Response(`You asked for ${pathname}\n`);
});

interface Hosts {
  readonly Deno?: { serve(options: { port: number; hostname: string }, answer: Answer): unknown };
  readonly Bun?: { serve(options: { port: number; hostname: string; fetch: Answer }): unknown };
}

type Answer = (request: Request) => Promise<Response>;

const port = Number(process.argv[2] ?? 8080);
const hostname = "127.0.0.1";
const { Deno, Bun } = globalThis as Hosts;
if (Deno !== undefined) Deno.serve({ port, hostname }, (request) => answer(request));
else if (Bun !== undefined) Bun.serve({ port, hostname, fetch: (request) => answer(request) });
else await serveOnNode();

/** `node:http` speaks of requests and responses in words of its own. */
async function serveOnNode(): Promise<void> {
  const { createServer } = await import("node:http");
  const server = createServer(async (incoming, outgoing) => {
    const gone = new AbortController();
    outgoing.on("close", () => gone.abort());
    const { method = "GET", url = "/", headers } = incoming;
    const body = method === "GET" || method === "HEAD" ? null : incoming;
    const request = new Request(new URL(url, `http://${headers.host ?? hostname}`), {
      method,
      headers: Object.entries(headers).map(([name, value]): [string, string] => [name, String(value)]),
      body,
      signal: gone.signal,
      ...(body === null ? {} : { duplex: "half" }),
    } as RequestInit);
    const response = await answer(request);
    outgoing.writeHead(response.status, Object.fromEntries(response.headers));
    for await (const piece of response.body ?? []) outgoing.write(piece);
    outgoing.end();
  });
  server.listen(port, hostname, () => console.log(`listening on http://${hostname}:${port}`));
}
