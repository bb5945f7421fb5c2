/** A TaskGroup: one task fails, its siblings are cancelled and clean up, and then the error comes out. */
import { ExceptionGroup, run, sleep, TaskGroup } from "wasyncio";

function* work(name: string, cleaningMs: number) {
  try {
    for (;;) yield* sleep(120);
  } finally {
    console.log(`${name}: cleaning up`);
    yield* sleep(cleaningMs);
    console.log(`${name}: clean`);
  }
}

function* answer() {
  yield* sleep(250);
  return "in time";
}

function* fail() {
  yield* sleep(500);
  console.log("doomed: this goes wrong");
  throw new Error("out of luck");
}

function* main() {
  try {
    yield* new TaskGroup().with((tasks) => {
      tasks.createTask(answer(), { name: "quick" });
      tasks.createTask(work("first", 150), { name: "first" });
      tasks.createTask(fail(), { name: "doomed" });
      tasks.createTask(work("second", 350), { name: "second" });
    });
  } catch (error) {
    if (!(error instanceof ExceptionGroup)) throw error;
    console.log(`came out, when all had cleaned up: ${error.errors.join()}`);
  }
}

export const play = () => run(main);
