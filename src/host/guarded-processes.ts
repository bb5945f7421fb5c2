/**
 * Owns processes that are asked for before they are started: for runtimes whose own refusal would come as an exception, or
 * without a code. Knows no runtime; what is refused, and why, is its caller's business.
 */
import type { HostFailure } from "./network.ts";
import type { HostCommand, HostProcess, HostProcessEvents, HostProcesses } from "./processes.ts";

/** The processes, behind `refusal`: why something must not be started, or undefined. */
export function guardedProcesses(
  processes: HostProcesses,
  refusal: (command: HostCommand) => HostFailure | undefined,
): HostProcesses {
  return {
    ...processes,
    spawn(command) {
      const refused = refusal(command);
      return refused === undefined ? processes.spawn(command) : new RefusedProcess(refused);
    },
  };
}

class RefusedProcess implements HostProcess {
  readonly pid = undefined;
  readonly pipes = [];
  readonly returncode = undefined;
  private readonly failure: HostFailure;

  constructor(failure: HostFailure) {
    this.failure = failure;
  }

  watch(events: HostProcessEvents): void {
    queueMicrotask(() => events.closed(this.failure));
  }

  kill(): HostFailure {
    return { code: "ESRCH", reason: "the process was not started" };
  }
}
