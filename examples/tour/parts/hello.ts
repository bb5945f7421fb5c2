/** Two coroutines that take turns. */
import { type Coroutine, gather, run, sleep } from "wasyncio";
import { check, type Part } from "../part.ts";

export const hello: Part = {
  name: "hello",
  title: "two coroutines that take turns",
  async run(print) {
    function* greet(name: string, delayMs: number): Coroutine<string> {
      print(`hello from ${name}`);
      yield* sleep(delayMs);
      print(`${name} is back after ${delayMs} ms`);
      return name;
    }
    const names = await run(() => gather(greet("Ada", 40), greet("Grace", 20)));
    check(names.join() === "Ada,Grace", "results come in the order of the arguments");
    return `both were here: ${names.join(" and ")}`;
  },
};
