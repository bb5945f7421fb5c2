/** Storage that follows native promises, made of whichever global a runtime has. None here has one: Node's class stands in. */
import { AsyncLocalStorage } from "node:async_hooks";
import { afterEach, expect, test } from "vitest";
import {
  asyncContextStorage,
  globalStorage,
  type TaskStorageFactory,
} from "../../src/host/async-local-storage.ts";

const GLOBALS = ["AsyncContext", "AsyncLocalStorage"];

afterEach(() => {
  for (const name of GLOBALS) Reflect.deleteProperty(globalThis, name);
});

class Variable<T> {
  private readonly storage = new AsyncLocalStorage<T>();

  run<A extends unknown[], R>(value: T, body: (...args: A) => R, ...args: A): R {
    return this.storage.run(value, body, ...args);
  }

  get(): T | undefined {
    return this.storage.getStore();
  }
}

async function followsPromises(createTaskStorage: TaskStorageFactory | undefined): Promise<boolean> {
  const storage = createTaskStorage?.<string>();
  const seen = await storage?.run(
    "inside",
    async (prefix: string) => {
      await Promise.resolve();
      return prefix + storage.get();
    },
    "seen ",
  );
  return seen === "seen inside" && storage?.get() === undefined;
}

test("globalStorage is made of a global AsyncLocalStorage, and there is none without it", async () => {
  expect(globalStorage()).toBeUndefined();
  Reflect.set(globalThis, "AsyncLocalStorage", AsyncLocalStorage);
  expect(await followsPromises(globalStorage())).toBe(true);
});

test("asyncContextStorage is made of the language's AsyncContext, and there is none without it", async () => {
  expect(asyncContextStorage()).toBeUndefined();
  Reflect.set(globalThis, "AsyncContext", { Variable });
  expect(await followsPromises(asyncContextStorage())).toBe(true);
});
