/**
 * Owns the binding of signals to `process`, on Node and on the runtimes that offer the same object. On none of them does a
 * listener keep the process alive, and each restores a signal's default effect with its last listener. Knows nothing of loops.
 */
import { constants } from "node:os";
import type { HostSignals } from "./host.ts";

/** The process's signals. One object for all loops, since there is one process. */
export const nodeSignals: HostSignals = {
  reachThisThread() {
    // Not imported, since that takes longer than the rest of a short program. Early versions of Node 20 have no such function.
    return process.getBuiltinModule?.("node:worker_threads").isMainThread ?? true;
  },

  has(signal) {
    return Object.hasOwn(constants.signals, signal);
  },

  listenerCount(signal) {
    return process.listenerCount(signal);
  },

  listen(signal, heard) {
    // Node passes the signal's name and number.
    const listener = () => heard();
    process.on(signal, listener);
    return () => process.removeListener(signal, listener);
  },
};
