/** Cancelling an async function, which cleans up. */
import { CancelledError, createTask, run, sleep } from "wasyncio";
import { check, type Part } from "../part.ts";

export const cancel: Part = {
  name: "cancel",
  title: "a cancelled task cleans up, and the task that cancelled it waits for that",
  async run(print) {
    return await run(async () => {
      let cleaned = false;
      const task = createTask(async () => {
        try {
          print("working, for a very long time");
          await sleep(1e9);
        } finally {
          print("cleaning up");
          await sleep(20);
          cleaned = true;
        }
      });
      await sleep(20);
      print("cancelling");
      task.cancel("no longer needed");
      try {
        await task;
      } catch (error) {
        if (!(error instanceof CancelledError)) throw error;
        print(`caught ${error}`);
      }
      check(cleaned && task.cancelled(), "the clean-up has run before the wait ends");
      return "cancelled, after it had cleaned up";
    });
  },
};
