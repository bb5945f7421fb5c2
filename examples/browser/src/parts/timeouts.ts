/** Failures of several kinds, collected instead of thrown. The files are this page's own. */
import { type Body, createTask, gather, run, sleep, timeout } from "wasyncio";
import { ClientSession } from "wasyncio/http";

function* attempt(name: string, job: Body<unknown>) {
  try {
    yield* timeout(1200, job);
    console.log(`${name}: answered`);
    return "answered";
  } catch (error) {
    console.log(`${name}: ${error}`);
    throw error;
  }
}

function* main() {
  const session = new ClientSession({ baseUrl: new URL("pages/", document.baseURI) });
  const fetchJson = (file: string) =>
    function* () {
      const response = yield* session.get(file);
      yield* sleep(200);
      return yield* response.json();
    };
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
  console.log(outcomes.map((outcome) => (outcome instanceof Error ? outcome.name : outcome)).join(", "));
}

export const play = () => run(main);
