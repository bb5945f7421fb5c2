/**
 * Owns keeping Node from reporting rejections that are of no interest to anyone.
 *
 * Node checks whether there is a listener, and a listener for some rejections would change what it does about all others:
 * they would have to be raised again, as another promise and later; and the program's own listeners, such as those that
 * end it, would be called all the same. So no listener is set: what the process emits is inspected on its way to the listeners,
 * and hidden from them as if one had handled it. Everything else passes untouched, in each of the modes of
 * `--unhandled-rejections`. Only `warn` cannot be helped: there Node warns before it emits.
 */
import type { SwallowRejections } from "./host.ts";

type Emit = (this: unknown, event: string | symbol, ...args: unknown[]) => boolean;

export const nodeRejections: SwallowRejections = (isSwallowed) => {
  const own = Object.getOwnPropertyDescriptor(process, "emit");
  const passOn = process.emit as Emit;
  const swallowed = new WeakSet<object>();
  let ended = false;

  function isKeptBack(event: string | symbol, first: unknown, second: unknown): boolean {
    switch (event) {
      case "unhandledRejection":
        if (!isSwallowed(first)) return false;
        swallowed.add(second as Promise<unknown>);
        return true;
      case "rejectionHandled":
        return swallowed.has(first as Promise<unknown>);
      case "uncaughtExceptionMonitor":
      case "uncaughtException":
        // In `strict` mode a rejection is an exception first.
        return second === "unhandledRejection" && isSwallowed(first);
      default:
        return false;
    }
  }

  const emit: Emit = function emit(event, ...args) {
    if (!ended && isKeptBack(event, args[0], args[1])) return true;
    return passOn.call(this, event, ...args);
  };
  // Where the process object is frozen, nothing is hidden.
  Reflect.defineProperty(process, "emit", {
    value: emit,
    writable: true,
    configurable: true,
    enumerable: own?.enumerable ?? false,
  });

  return () => {
    ended = true;
    // If it has been wrapped in the meantime, the wrapper still calls it.
    if (process.emit !== (emit as unknown)) return;
    if (own === undefined) Reflect.deleteProperty(process, "emit");
    else Object.defineProperty(process, "emit", own);
  };
};
