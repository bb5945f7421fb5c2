/**
 * Owns signals and numbers of programs that are no processes of the system. A program cannot handle a signal: each of these ends it.
 */
import type { HostFailure } from "../host/network.ts";

export const SIGNALS: Readonly<Record<string, number>> = {
  SIGHUP: 1,
  SIGINT: 2,
  SIGQUIT: 3,
  SIGABRT: 6,
  SIGKILL: 9,
  SIGUSR1: 10,
  SIGUSR2: 12,
  SIGPIPE: 13,
  SIGALRM: 14,
  SIGTERM: 15,
};

export function failureToSend(signal: string, isOver: boolean): HostFailure | undefined {
  if (!Object.hasOwn(SIGNALS, signal))
    return { code: "EINVAL", reason: `a WASI program is ended by one of ${Object.keys(SIGNALS).join(", ")}` };
  return isOver ? { code: "ESRCH", reason: "the program has ended" } : undefined;
}

let lastPid = 0;

/** Numbers of their own, from 1 on. */
export function nextPid(): number {
  return ++lastPid;
}
