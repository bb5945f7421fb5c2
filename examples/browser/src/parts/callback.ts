/** From callbacks to a coroutine, through a future. */
import { createTask, Future, run, sleep } from "wasyncio";

function* produce() {
  yield* sleep(400);
  return "the result";
}

function* main() {
  const told = new Future<string>();
  const producer = createTask(produce(), { name: "producer" });
  producer.addDoneCallback((task) => {
    console.log(`callback: ${producer.getName()} is done`);
    told.setResult(task.result());
  });
  console.log("waiting to be told");
  console.log(`told: ${yield* told}`);
}

export const play = () => run(main);
