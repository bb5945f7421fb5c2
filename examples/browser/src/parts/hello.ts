/** Two coroutines that take turns. */
import { type Coroutine, createTask, gather, sleep } from "wasyncio";
import { check, type Part } from "../part.ts";

export const hello: Part = {
  name: "hello",
  title: "Two coroutines take turns",
  async run({ print, run }) {
    function* greet(name: string, delayMs: number): Coroutine<string> {
      print(`hello from ${name}`);
      yield* sleep(delayMs);
      print(`${name} is back after ${delayMs} ms`);
      yield* sleep(delayMs);
      return name;
    }
    const names = await run(function* () {
      const ada = createTask(greet("Ada", 400), { name: "Ada" });
      const grace = createTask(greet("Grace", 250), { name: "Grace" });
      return yield* gather(ada, grace);
    });
    check(names.join() === "Ada,Grace", "results come in the order of the arguments");
    return `both were here: ${names.join(" and ")}`;
  },
};
