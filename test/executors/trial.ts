/** Owns what the tests of executors share: the module of tasks, and what became of a wait. */
import "../../src/entry/parts/executors.node.ts";
import { fromModule } from "wasyncio/executors";

export const tasks = fromModule<typeof import("./tasks.mjs")>(new URL("./tasks.mjs", import.meta.url));

/** What a promise was rejected with. */
export async function errorOf(promise: PromiseLike<unknown>): Promise<Error & { readonly code?: unknown }> {
  try {
    await promise;
  } catch (error) {
    return error as Error;
  }
  throw new Error("it was expected to fail, and has not");
}

/** What a call has thrown. */
export function thrownBy(call: () => unknown): Error & { readonly code?: unknown } {
  try {
    call();
  } catch (error) {
    return error as Error;
  }
  throw new Error("it was expected to throw, and has not");
}

/** A flag in shared memory for `waitForFlag`: how many wait for it, and what lets them go. */
export class Flag {
  readonly cells = new Int32Array(new SharedArrayBuffer(8));

  /** Waits until so many wait for the flag. */
  async waitedForBy(count: number): Promise<void> {
    while (Atomics.load(this.cells, 1) < count) await new Promise(setImmediate);
  }

  set(): void {
    Atomics.store(this.cells, 0, 1);
    Atomics.notify(this.cells, 0);
  }
}
