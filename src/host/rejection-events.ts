/**
 * Owns keeping a host that reports rejections as events, as the web does, from reporting those that are of no interest to
 * anyone. There a listener that ignores an event changes nothing. Where listeners are called in the order in which they
 * were added, those that the program added earlier are called all the same.
 */
import type { SwallowRejections } from "./host.ts";

/** As much of the event as is used. */
interface Rejection {
  readonly reason: unknown;
  preventDefault(): void;
  stopImmediatePropagation(): void;
}

interface ListenerOptions {
  /** Whether to be called before the program's own listeners, which not every host supports. */
  readonly capture: boolean;
}

/** Globals that not every host has. */
const globals: {
  addEventListener?(type: string, heard: (event: Rejection) => void, options: ListenerOptions): void;
  removeEventListener?(type: string, heard: (event: Rejection) => void, options: ListenerOptions): void;
} = globalThis as object;

const EVENT = "unhandledrejection";

export function rejectionEvents(options: ListenerOptions): SwallowRejections {
  return (isSwallowed) => {
    const heard = (event: Rejection) => {
      if (!isSwallowed(event.reason)) return;
      event.preventDefault();
      event.stopImmediatePropagation();
    };
    globals.addEventListener?.(EVENT, heard, options);
    return () => globals.removeEventListener?.(EVENT, heard, options);
  };
}
