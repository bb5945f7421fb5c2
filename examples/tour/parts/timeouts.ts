/** Failures of several kinds, collected instead of thrown. */
import { gather, run, timeout } from "wasyncio";
import { ClientSession } from "wasyncio/http";
import { check, type Part } from "../part.ts";
import { refusedPort, withPages } from "../servers.ts";

function named(error: unknown): string {
  const { name, code } = error as { name: string; code?: string };
  return `${name} ${code}`;
}

export const timeouts: Part = {
  name: "timeouts",
  title: "three URLs under a timeout: one answers, one is too slow, one is refused",
  async run(print) {
    return await run(() =>
      withPages(function* (baseUrl) {
        const session = new ClientSession();
        const urls = [
          `${baseUrl}/slow/10`,
          `${baseUrl}/slow/5000`,
          `http://127.0.0.1:${yield* refusedPort()}/`,
        ];
        const fetchPage = function* (url: string) {
          try {
            const text = yield* timeout(1000, function* () {
              const response = yield* session.get(url);
              return yield* response.text();
            });
            print(`${url}  answered`);
            return text;
          } catch (error) {
            print(`${url}  ${named(error)}`);
            throw error;
          }
        };
        try {
          const outcomes = yield* gather(...urls.map(fetchPage), { returnExceptions: true });
          const words = outcomes.map((outcome) => (outcome instanceof Error ? named(outcome) : "answered"));
          check(words.join() === "answered,TimeoutError ERR_TIMEOUT,NetworkError ECONNREFUSED", words.join());
          return words.join(", ");
        } finally {
          session.close();
        }
      }),
    );
  },
};
