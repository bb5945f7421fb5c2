/**
 * Owns making storage that follows native promises: of Node's AsyncLocalStorage, wherever a runtime keeps it, or of the
 * language's AsyncContext. Knows no host; each entry point names what its runtime has.
 */
import type { TaskStorage } from "./host.ts";

/** As much of AsyncLocalStorage as is used. */
export type AsyncLocalStorageClass = new <T>() => {
  run<A extends unknown[], R>(value: T, body: (...args: A) => R, ...args: A): R;
  getStore(): T | undefined;
};

export type TaskStorageFactory = <T>() => TaskStorage<T>;

/** Globals that not every host has. */
const globals: {
  AsyncContext?: { readonly Variable: new <T>() => TaskStorage<T> };
  AsyncLocalStorage?: AsyncLocalStorageClass;
} = globalThis as object;

export function taskStorageBy(AsyncLocalStorage: AsyncLocalStorageClass): TaskStorageFactory {
  return <T>(): TaskStorage<T> => {
    const storage = new AsyncLocalStorage<T>();
    return {
      run: (value, body, ...args) => storage.run(value, body, ...args),
      get: () => storage.getStore(),
    };
  };
}

/** Made of the global AsyncContext, a proposal for the language. */
export function asyncContextStorage(): TaskStorageFactory | undefined {
  const { AsyncContext } = globals;
  return AsyncContext && (<T>() => new AsyncContext.Variable<T>());
}

/** Made of AsyncLocalStorage, where it is a global. */
export function globalStorage(): TaskStorageFactory | undefined {
  return globals.AsyncLocalStorage && taskStorageBy(globals.AsyncLocalStorage);
}
