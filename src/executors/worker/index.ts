/** `wasyncio/executors/worker`: what a worker of one's own needs to serve an executor. Without the loop, so that it is small. */
import { portHere, transfersHere } from "../../host/worker-realm.ts";
import { serve } from "./serve.ts";

export { connect, RemoteLoop, type RemoteResult } from "./remote-loop.ts";

/**
 * Runs the calls of the executor that has started this worker. Needed in a worker that is a file of one's own, as bundlers make
 * them; the executors' own workers do without.
 *
 * @param functions - what may be called by name, by way of `fromWorker`; by default none.
 * @throws TypeError ERR_ARGUMENT_TYPE for what is no object; Error ERR_NO_WORKER where this is no worker.
 *
 * @example
 * ```ts
 * // tasks.worker.ts, started by { worker: () => new Worker(new URL("./tasks.worker.ts", import.meta.url), { type: "module" }) }
 * import { expose } from "wasyncio/executors/worker";
 * import * as tasks from "./tasks.ts";
 * expose(tasks);
 * ```
 */
export function expose(functions: object = {}): void {
  if (typeof functions !== "object" || functions === null) {
    throw coded(
      "ERR_ARGUMENT_TYPE",
      new TypeError("expose needs an object of functions; give it one, or a module's namespace"),
    );
  }
  const port = portHere();
  if (port === undefined) {
    throw coded(
      "ERR_NO_WORKER",
      new Error("expose is for workers, and this is none; call it in the file that { worker } starts"),
    );
  }
  serve(port, functions as Readonly<Record<string, unknown>>);
}

function isObject(value: unknown): boolean {
  return typeof value === "object" && value !== null;
}

function coded(code: string, error: Error): Error {
  return Object.assign(error, { code });
}

/**
 * Has parts of a result moved to whoever gets it rather than copied.
 *
 * @param value - what the function returns, or a generator yields.
 * @param transferables - what is moved with it: ArrayBuffers, MessagePorts and the like, which are of no use here afterwards.
 * @returns the value.
 * @throws TypeError ERR_ARGUMENT_TYPE for a value that is no object and for what is no list of objects.
 *
 * @example
 * ```ts
 * export function tile() { const pixels = new Uint8Array(65536); return transfer(pixels, [pixels.buffer]); }
 * ```
 */
export function transfer<T extends object>(value: T, transferables: readonly object[]): T {
  if (!isObject(value) || !Array.isArray(transferables) || !transferables.every(isObject)) {
    throw coded(
      "ERR_ARGUMENT_TYPE",
      new TypeError(
        "transfer needs an object, and a list of objects to move with it, such as [pixels.buffer]",
      ),
    );
  }
  transfersHere().set(value, transferables);
  return value;
}
