/** A TaskGroup: one task fails, its siblings are cancelled and clean up, and then the error comes out. */
import { type Coroutine, ExceptionGroup, sleep, TaskGroup } from "wasyncio";
import { check, type Part } from "../part.ts";

export const group: Part = {
  name: "group",
  title: "One task of a group fails, and its siblings are cancelled",
  async run({ print, run }) {
    const cleaned: string[] = [];
    function* work(name: string, cleaningMs: number): Coroutine<void> {
      try {
        for (;;) yield* sleep(120);
      } finally {
        print(`${name}: cleaning up`);
        yield* sleep(cleaningMs);
        cleaned.push(name);
        print(`${name}: clean`);
      }
    }
    function* quick(): Coroutine<string> {
      yield* sleep(250);
      return "in time";
    }
    function* fail(): Coroutine<never> {
      yield* sleep(500);
      print("doomed: this goes wrong");
      throw new Error("out of luck");
    }
    return await run(function* () {
      try {
        yield* new TaskGroup().with(function* (tasks) {
          tasks.createTask(quick(), { name: "quick" });
          tasks.createTask(work("first", 150), { name: "first" });
          tasks.createTask(fail(), { name: "doomed" });
          tasks.createTask(work("second", 350), { name: "second" });
        });
      } catch (error) {
        if (!(error instanceof ExceptionGroup)) throw error;
        check(cleaned.join() === "first,second", "the siblings have cleaned up before the error comes out");
        return `${error.errors.length} error came out, after ${cleaned.length} siblings had cleaned up`;
      }
      throw new Error("the group has swallowed its error");
    });
  },
};
