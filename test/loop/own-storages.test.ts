/** Tests that the program's own AsyncLocalStorage has in an async function's task what it had where that was started. */
import { AsyncLocalStorage } from "node:async_hooks";
import { describe, expect, it } from "vitest";
import {
  adopt,
  createTask,
  gather,
  getRunningLoop,
  newEventLoop,
  sleep,
  type Task,
  TaskGroup,
} from "wasyncio";
import { trialAsync } from "../sync/trial.ts";

const requests = new AsyncLocalStorage<string>();

const handle = async () => {
  const seen = [requests.getStore()];
  await sleep(1);
  seen.push(requests.getStore());
  await new Promise((resolve) => setImmediate(resolve));
  seen.push(requests.getStore());
  const inner = await createTask(async () => requests.getStore());
  await adopt(Promise.resolve());
  return [...seen, inner, requests.getStore()];
};

const STARTS: Readonly<Record<string, () => PromiseLike<unknown>>> = {
  createTask: () => createTask(handle),
  "createTask, eagerly": () => createTask(handle, { eagerStart: true }),
  gather: async () => (await gather(handle, sleep(1)))[0],
  "a group": async () => await new TaskGroup().with(async (group) => await group.createTask(handle)),
  "the function itself": () => handle(),
};

describe("A storage of the program's own", () => {
  it.each(Object.entries(STARTS))("is that of who starts an async function: %s", async (_, start) => {
    const seen = await trialAsync(async () => {
      const names = ["a", "b", "c"];
      return await Promise.all(names.map((name) => requests.run(name, start)));
    });
    expect(seen).toEqual(["a", "b", "c"].map((name) => Array.from({ length: 5 }, () => name)));
  });

  it("is so for what a request from outside of the loop starts", async () => {
    const loop = newEventLoop();
    const tasks: Task<unknown>[] = [];
    const seen = await loop.runUntilComplete(async () => {
      const running = getRunningLoop();
      setImmediate(() => {
        for (const name of ["a", "b"]) requests.run(name, () => tasks.push(running.createTask(handle)));
      });
      await sleep(10);
      return await gather(...tasks);
    });
    loop.close();
    expect(seen).toEqual(["a", "b"].map((name) => Array.from({ length: 5 }, () => name)));
  });
});
