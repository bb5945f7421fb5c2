/**
 * Owns keeping Bun from reporting rejections that are of no interest to anyone. Only a listener can do that, and where there
 * is one, Bun itself does nothing about any rejection. So if ours is the only one, it raises all other rejections again, as
 * another promise, while it is removed. In the modes `strict` and `warn` of `--unhandled-rejections`, which act before
 * listeners are called, nothing can be suppressed, and no listener is set.
 */
import type { SwallowRejections } from "./host.ts";

const EVENT = "unhandledRejection";
const ACTS_FIRST = /--unhandled-rejections[= ](?:strict|warn)(?: |$)/;

export const bunRejections: SwallowRejections = (isSwallowed) => {
  let ended = ACTS_FIRST.test(process.execArgv.join(" "));

  const listen = () => {
    if (!ended) process.on(EVENT, heard);
  };
  const heard = (reason: unknown) => {
    if (isSwallowed(reason) || process.listenerCount(EVENT) > 1) return;
    // At once: in a process that is about to end, Bun no longer runs microtasks.
    process.removeListener(EVENT, heard);
    void Promise.reject(reason);
    setImmediate(listen);
  };
  listen();

  return () => {
    ended = true;
    process.removeListener(EVENT, heard);
  };
};
