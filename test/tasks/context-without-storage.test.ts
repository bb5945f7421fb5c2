/** Tests ContextVar, Context, Token, copyContext and bind on a host that has no storage that follows promises. */
import { describe, expect, it } from "vitest";
import { adopt, ContextVar, createTask, currentTask, run, sleep } from "wasyncio";
import { outcomeOfCall, outcomeOfPromise } from "../sync/trial.ts";
import { contextCases } from "./context-cases.ts";
import { bareHost } from "./hosts.ts";

describe("without storage that follows promises", () => {
  contextCases(bareHost);

  it("after a foreign await the task is not known, and says so; after the next wait of ours it is", async () => {
    const variable = new ContextVar<string>("variable", { default: "nobody" });
    const seen: unknown[] = [];
    const main = async () => {
      const task = createTask(async () => {
        variable.set("child");
        await new Promise((resolve) => setTimeout(resolve, 20));
        seen.push(
          outcomeOfCall(() => currentTask()),
          variable.get(),
        );
        await adopt(Promise.resolve());
      });
      // Others have had their steps meanwhile, so that the last one is not taken for the one that goes on.
      for (let i = 0; i < 100; i++) await sleep(1);
      return await outcomeOfPromise(task);
    };
    const outcome = await run(main, { host: bareHost() });
    expect(seen).toEqual(["LoopError ERR_NO_RUNNING_LOOP", "nobody"]);
    expect(outcome).toBe("LoopError ERR_NO_CURRENT_LOOP");
  });
});
