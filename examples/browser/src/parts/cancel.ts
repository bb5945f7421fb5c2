/** Cancelling an async function, which cleans up. */
import { CancelledError, createTask, run, sleep } from "wasyncio";

async function work() {
  try {
    console.log("working, for a very long time");
    await sleep(1e9);
  } finally {
    console.log("cleaning up");
    await sleep(350);
    console.log("clean");
  }
}

async function main() {
  const task = createTask(work, { name: "patient" });
  await sleep(400);
  console.log("cancelling");
  task.cancel("no longer needed");
  try {
    await task;
  } catch (error) {
    if (!(error instanceof CancelledError)) throw error;
    console.log(`cancelled, after it had cleaned up: ${error.message}`);
  }
}

export const play = () => run(main);
