/** From callbacks to a coroutine, by a future. */
import { createTask, Future, sleep } from "wasyncio";
import { check, type Part } from "../part.ts";

export const callback: Part = {
  name: "callback",
  title: "A future takes the news of a task's end to another",
  async run({ print, run }) {
    return await run(function* () {
      function* produce() {
        yield* sleep(400);
        return "the result";
      }
      const told = new Future<string>();
      const producer = createTask(produce(), { name: "producer" });
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
