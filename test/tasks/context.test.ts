/** Tests ContextVar, Context, Token, copyContext and bind on a host with storage that follows promises. */
import { describe, expect, it } from "vitest";
import { ContextVar, createTask, currentTask, run, sleep, type Task } from "wasyncio";
import { makeDefaultHost } from "../../src/host/host.ts";
import { contextCases } from "./context-cases.ts";

describe("with storage that follows promises", () => {
  contextCases(makeDefaultHost);

  it("the task and its values are known after a foreign await too", async () => {
    const variable = new ContextVar<string>("variable", { default: "nobody" });
    const seen = await run(async () => {
      const task: Task<unknown[]> = createTask(async () => {
        variable.set("child");
        await new Promise((resolve) => setTimeout(resolve, 1));
        return [currentTask() === task, variable.get()];
      });
      await sleep(0);
      return await task;
    });
    expect(seen).toEqual([true, "child"]);
  });
});
