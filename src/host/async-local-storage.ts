/** Owns making storage that follows native promises, of Node's AsyncLocalStorage. Knows no host, and not where the class is had. */
import type { TaskStorage } from "./host.ts";

/** As much of AsyncLocalStorage as is used. */
export type AsyncLocalStorageClass = new <T>() => {
  run<A extends unknown[], R>(value: T, body: (...args: A) => R, ...args: A): R;
  getStore(): T | undefined;
};

export function taskStorageBy(AsyncLocalStorage: AsyncLocalStorageClass): <T>() => TaskStorage<T> {
  return <T>(): TaskStorage<T> => {
    const storage = new AsyncLocalStorage<T>();
    return {
      run: (value, body, ...args) => storage.run(value, body, ...args),
      get: () => storage.getStore(),
    };
  };
}
