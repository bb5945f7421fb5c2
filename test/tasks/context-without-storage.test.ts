/** Tests ContextVar, Context, Token, copyContext and bind on a host that has no storage that follows promises. */
import { describe, expect, it } from "vitest";
import { ContextVar, createTask, currentTask, run, sleep } from "wasyncio";
import { outcomeOfCall } from "../sync/trial.ts";
import { contextCases } from "./context-cases.ts";
import { bareHost } from "./hosts.ts";

describe("without storage that follows promises", () => {
  contextCases(bareHost);

  it("behind a foreign await the task is not known, and says so; behind the next wait of ours it is", async () => {
    const variable = new ContextVar<string>("variable", { default: "nobody" });
    const main = async () => {
      const task = createTask(async () => {
        variable.set("child");
        await new Promise((resolve) => setTimeout(resolve, 1));
        return [outcomeOfCall(() => currentTask()), variable.get()];
      });
      await sleep(0);
      return await task;
    };
    const seen = await run(main, { host: bareHost() });
    expect(seen).toEqual(["LoopError ERR_NO_RUNNING_LOOP", "nobody"]);
  });
});
