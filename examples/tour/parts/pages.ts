/** Pages over HTTP, one after the other and then all at once. */
import { gather, run } from "wasyncio";
import { ClientSession } from "wasyncio/http";
import { check, type Part } from "../part.ts";
import { nowMs, withPages } from "../servers.ts";

const PATHS = ["/slow/60?a", "/slow/60?b", "/slow/60?c", "/slow/60?d"];

export const pages: Part = {
  name: "pages",
  title: "four pages one after the other, then all at once",
  async run(print) {
    return await run(() =>
      withPages(function* (baseUrl) {
        const session = new ClientSession({ baseUrl });
        function* fetchPage(path: string) {
          const response = yield* session.get(path);
          const text = yield* response.text();
          print(`${response.status} ${text}`);
          return text;
        }
        try {
          yield* fetchPage("/warm-up");
          const startMs = nowMs();
          for (const path of PATHS) yield* fetchPage(path);
          const betweenMs = nowMs();
          const texts = yield* gather(...PATHS.map(fetchPage));
          const oneByOneMs = betweenMs - startMs;
          const atOnceMs = nowMs() - betweenMs;
          check(
            texts.join() === PATHS.map((path) => `page ${path}`).join(),
            "every page is the one asked for",
          );
          check(atOnceMs < oneByOneMs * 0.8, "all at once is faster");
          return `one by one ${oneByOneMs.toFixed(0)} ms, all at once ${atOnceMs.toFixed(0)} ms`;
        } finally {
          session.close();
        }
      }),
    );
  },
};
