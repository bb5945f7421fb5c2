/** A program that goes on until it is cancelled, and then unwinds level by level. */
import { type Coroutine, createTask, sleep, TaskGroup } from "wasyncio";
import type { Part } from "../part.ts";

export const watch: Part = {
  name: "watch",
  title: "Goes on until you cancel it, and then unwinds",
  endless: true,
  async run({ print, run }) {
    function* poll(name: string, everyMs: number, cleaningMs: number): Coroutine<never> {
      try {
        for (;;) yield* sleep(everyMs);
      } finally {
        yield* sleep(cleaningMs);
        print(`${name}: closed`);
      }
    }
    function* supervise(): Coroutine<void> {
      try {
        yield* new TaskGroup().with((tasks) => {
          tasks.createTask(poll("north", 150, 300), { name: "north" });
          tasks.createTask(poll("south", 230, 600), { name: "south" });
        });
      } finally {
        print("supervisor: both are closed");
        yield* sleep(250);
      }
    }
    return await run(function* () {
      const supervisor = createTask(supervise(), { name: "supervisor" });
      print("press Cancel when you have seen enough");
      try {
        yield* supervisor;
      } finally {
        print("main: the supervisor has ended");
      }
      return "ended by itself";
    });
  },
};
