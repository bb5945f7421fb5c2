/**
 * Owns keeping a host that tells of rejections by events, as the web has it, from reporting those that are of no interest to
 * anyone. A listener that leaves an event alone changes nothing there. Where listeners are told in the order in which they
 * were added, those that the program has added before are told all the same.
 */
import type { SwallowRejections } from "./host.ts";

/** As much of the event as is used. */
interface Rejection {
  readonly reason: unknown;
  preventDefault(): void;
  stopImmediatePropagation(): void;
}

interface ListenerOptions {
  /** Whether to be told before the program's own listeners, which not every host can do. */
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
