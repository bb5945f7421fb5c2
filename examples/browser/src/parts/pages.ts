/** Files of this page's own server, by HTTP: one after the other, then all at once. */
import { type Coroutine, createTask, gather, getRunningLoop } from "wasyncio";
import { ClientSession } from "wasyncio/http";
import { check, type Part } from "../part.ts";

interface Person {
  readonly name: string;
  readonly year: number;
}

const NAMES = ["ada", "grace", "barbara", "guido"];

export const pages: Part = {
  name: "pages",
  title: "Four files fetched one by one, then all at once",
  async run({ baseUrl, print, run }) {
    return await run(function* () {
      const loop = getRunningLoop();
      const session = new ClientSession({ baseUrl: new URL("pages/", baseUrl), timeoutMs: 10_000 });
      function* fetchPerson(name: string): Coroutine<string> {
        const response = yield* session.get(`${name}.json`);
        response.raiseForStatus();
        const person = yield* response.json<Person>();
        print(`${response.status} ${person.name}, ${person.year}`);
        return person.name;
      }
      return yield* session.with(function* () {
        const startMs = loop.time();
        const oneByOne: string[] = [];
        for (const name of NAMES) {
          oneByOne.push(yield* createTask(fetchPerson(name), { name: `${name} alone` }));
        }
        const betweenMs = loop.time();
        const atOnce = yield* gather(...NAMES.map((name) => createTask(fetchPerson(name), { name })));
        const endMs = loop.time();
        check(oneByOne.join() === atOnce.join() && atOnce.length === 4, "every page is the one asked for");
        return `one by one ${(betweenMs - startMs).toFixed(1)} ms, at once ${(endMs - betweenMs).toFixed(1)} ms`;
      });
    });
  },
};
