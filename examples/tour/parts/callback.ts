/** From callbacks to a coroutine, through a future. */
import { createTask, Future, run, sleep } from "wasyncio";
import { check, type Part } from "../part.ts";

export const callback: Part = {
  name: "callback",
  title: "a task that learns of another's end through addDoneCallback",
  async run(print) {
    return await run(function* () {
      const producer = createTask(
        (function* () {
          yield* sleep(30);
          return "the result";
        })(),
        { name: "producer" },
      );
      const told = new Future<string>();
      producer.addDoneCallback((task) => {
        print(`callback: ${producer.getName()} is done`);
        told.setResult(task.result());
      });
      print("waiting to be told");
      const result = yield* told;
      check(result === "the result", "the callback gets the finished task");
      return `told: ${result}`;
    });
  },
};
