/** `wasyncio/edge` and nothing else of the package: a request is answered, and waits for the work passed to it. */
import { serve, streamBody, waitUntil } from "wasyncio/edge";

export const ANSWER = ["200 GET /alone", "behind"];

export default async function main(): Promise<string[]> {
  const lines: string[] = [];
  const answer = serve(function* (request) {
    waitUntil(async () => {
      lines.push("behind");
    });
    const { pathname } = new URL(request.url);
    return new Response(streamBody((body) => body.write(`${request.method} ${pathname}`)));
  });
  const waited: Promise<unknown>[] = [];
  const ctx = { waitUntil: (promise: Promise<unknown>) => void waited.push(promise) };
  const response = await answer(new Request("http://127.0.0.1/alone"), {}, ctx);
  const text = await response.text();
  await Promise.all(waited);
  return [`${response.status} ${text}`, ...lines];
}
