/** Files from this page's own server, over HTTP: one after the other, then all at once. */
import { createTask, gather, getRunningLoop, run } from "wasyncio";
import { ClientSession } from "wasyncio/http";

interface Person {
  readonly name: string;
  readonly year: number;
}

function* fetchPerson(session: ClientSession, file: string) {
  const response = yield* session.get(file);
  response.raiseForStatus();
  const person = yield* response.json<Person>();
  console.log(`${response.status} ${person.name}, ${person.year}`);
}

function* main() {
  const loop = getRunningLoop();
  const session = new ClientSession({ baseUrl: new URL("pages/", document.baseURI), timeoutMs: 10_000 });
  yield* session.with(function* () {
    const names = ["ada", "grace", "barbara", "guido"];
    const startMs = loop.time();
    for (const name of names) {
      yield* createTask(fetchPerson(session, `${name}.json`), { name: `${name} alone` });
    }
    const betweenMs = loop.time();
    yield* gather(...names.map((name) => createTask(fetchPerson(session, `${name}.json`), { name })));
    const endMs = loop.time();
    console.log(
      `one by one ${(betweenMs - startMs).toFixed(1)} ms, at once ${(endMs - betweenMs).toFixed(1)} ms`,
    );
  });
}

export const play = () => run(main);
