/**
 * Owns the ways in which web hosts call back soon. Each entry point names those that its runtime has, the fastest first. Knows
 * no runtime.
 *
 * What a host may lack is asked for only as a property of the global object, and only when a loop needs it: builds for Vercel's
 * edge look for such names and warn of them.
 */

/** Calls `wake` in a macrotask of its own. */
export type WakeSoon = (wake: () => void) => void;

/** As much of a MessagePort as is used; `unref` where a port would keep a process alive. */
interface Port {
  onmessage: (() => void) | null;
  postMessage(message: null): void;
  unref?(): void;
}

type MessageChannelClass = new () => { readonly port1: Port; readonly port2: Port };

const globals: {
  setImmediate?(wake: () => void): unknown;
  MessageChannel?: MessageChannelClass;
} = globalThis as object;

// As it is when the package is loaded: fake timers of a test library do not hold up loops.
const { setTimeout } = globalThis;

/** By a timer: every host has it, and browsers slow it down to 4 ms when it is nested. */
export const byTimer: WakeSoon = (wake) => {
  setTimeout(wake, 0);
};

/** By `setImmediate`, where the host has one that works. */
export function byImmediate(otherwise: WakeSoon): WakeSoon {
  let works = true;
  return (wake) => {
    if (works && globals.setImmediate !== undefined) {
      try {
        globals.setImmediate(wake);
        return;
      } catch {
        // Some hosts have the function and throw when it is called, so that calling is the only way to find out.
        works = false;
      }
    }
    otherwise(wake);
  };
}

/** By a message to itself, where the host has channels. */
export function byMessage(otherwise: WakeSoon): WakeSoon {
  return (wake) => {
    if (globals.MessageChannel === undefined) otherwise(wake);
    else wakeByMessage(globals.MessageChannel, wake);
  };
}

let port: Port | undefined;
const messageWakes: (() => void)[] = [];

/** One channel for all loops: each message takes one wake, in the order in which they were asked for. */
function wakeByMessage(Channel: MessageChannelClass, wake: () => void): void {
  if (port === undefined) {
    const { port1, port2 } = new Channel();
    port1.onmessage = () => messageWakes.shift()?.();
    port1.unref?.();
    port = port2;
  }
  messageWakes.push(wake);
  port.postMessage(null);
}
