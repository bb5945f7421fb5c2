/** Two coroutines that take turns. */
import { createTask, gather, run, sleep } from "wasyncio";

function* greet(name: string, delayMs: number) {
  console.log(`hello from ${name}`);
  yield* sleep(delayMs);
  console.log(`${name} is back after ${delayMs} ms`);
  yield* sleep(delayMs);
  return name;
}

function* main() {
  const ada = createTask(greet("Ada", 400), { name: "Ada" });
  const grace = createTask(greet("Grace", 250), { name: "Grace" });
  const names = yield* gather(ada, grace);
  console.log(`both were here: ${names.join(" and ")}`);
}

export const play = () => run(main);
