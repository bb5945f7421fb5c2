/** `wasyncio/http` without the main entry: alone it has no loop to run on; on one of `wasyncio/edge`, loaded later, it fetches. */
import { ClientSession } from "wasyncio/http";

export const ANSWER = ["ERR_NO_RUNNING_LOOP", "hello"];

export default async function main({ url }: { readonly url: string }): Promise<string[]> {
  const code = await codeOf(() => new ClientSession().get(url));
  const { serve } = await import("wasyncio/edge");
  const answer = serve(() =>
    new ClientSession().with(function* (session) {
      const response = yield* session.get(url);
      return new Response(yield* response.text());
    }),
  );
  const response = await answer(new Request("http://127.0.0.1/"));
  return [code, await response.text()];
}

async function codeOf(awaiting: () => PromiseLike<unknown>): Promise<string> {
  try {
    await awaiting();
  } catch (error) {
    return String((error as { code?: unknown }).code ?? error);
  }
  return "no error";
}
