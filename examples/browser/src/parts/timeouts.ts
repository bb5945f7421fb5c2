/** Failures of several kinds, collected instead of thrown. */
import { type Body, type Coroutine, createTask, gather, sleep, timeout } from "wasyncio";
import { ClientSession } from "wasyncio/http";
import { check, type Part } from "../part.ts";

export const timeouts: Part = {
  name: "timeouts",
  title: "Three jobs under a timeout: one answers, one is too slow, one fails",
  async run({ baseUrl, print, run }) {
    return await run(function* () {
      const session = new ClientSession({ baseUrl: new URL("pages/", baseUrl) });
      const fetchJson = (page: string) =>
        function* () {
          const response = yield* session.get(page);
          yield* sleep(200);
          return yield* response.json();
        };
      function* attempt(name: string, job: Body<unknown>): Coroutine<string> {
        try {
          yield* timeout(1200, job);
          print(`${name}: answered`);
          return "answered";
        } catch (error) {
          print(`${name}: ${error}`);
          throw error;
        }
      }
      const outcomes = yield* session.with(() =>
        gather(
          createTask(attempt("answers", fetchJson("ada.json")), { name: "answers" }),
          createTask(
            attempt("too slow", () => sleep(60_000)),
            { name: "too slow" },
          ),
          createTask(attempt("no JSON", fetchJson("prose.txt")), { name: "no JSON" }),
          { returnExceptions: true },
        ),
      );
      const words = outcomes.map((outcome) => (outcome instanceof Error ? outcome.name : outcome)).join(", ");
      check(words === "answered, TimeoutError, SyntaxError", words);
      return words;
    });
  },
};
