/**
 * Owns a program in a process of the runtime's own, where a thread with an endless loop cannot be ended: what that process
 * tells by its control pipe becomes what the program's process tells. Its streams are those of the process.
 */

import type { HostFolders } from "../host/folders.ts";
import type { HostFailure, HostSocket } from "../host/network.ts";
import type {
  HostCommand,
  HostProcess,
  HostProcessEvents,
  HostProcesses,
  HostStdio,
} from "../host/processes.ts";
import type { Outcome, ProgramConfig } from "./config.ts";
import { PolledPipe } from "./polled-pipe.ts";
import type { ProgramCommand, ProgramRunner } from "./runner.ts";

/** What the process is told, once. */
export interface ChildBeginning {
  readonly config: ProgramConfig;
  readonly input: Uint8Array | null;
}

/** What the process tells. */
export type ChildTold =
  | { readonly told: "started" }
  /** Is answered by whether there is input beside what was taken, or its end, as soon as there is or the time is over. */
  | { readonly told: "polls"; readonly taken: number; readonly timeoutMs: number }
  | { readonly told: "over"; readonly outcome: Outcome };

/** How to run a text as a program of this runtime. */
export type ChildCommand = (source: string) => Pick<HostCommand, "program" | "args">;

class ChildProgram implements HostProcess {
  pid: number | undefined;
  returncode: number | undefined;
  readonly pipes: readonly (HostSocket | undefined)[];
  readonly #child: HostProcess;
  readonly #input: PolledPipe | undefined;
  readonly #returned: ProgramCommand["returned"];
  #events: HostProcessEvents | undefined;
  #outcome: Outcome | undefined;

  constructor(
    command: ProgramCommand,
    start: Pick<HostCommand, "program" | "args">,
    processes: HostProcesses,
  ) {
    const { config, input, stdout, stderr, returned } = command;
    this.#returned = returned;
    const handed: ChildBeginning = { config, input };
    const stdin: HostStdio = input === null ? "pipe" : "ignore";
    // Both of the program's outputs may lead to one pipe, which the process sees to.
    this.#child = processes.spawn({
      ...start,
      shell: false,
      cwd: "/",
      env: {},
      detached: false,
      stdio: [stdin, stdout, stderr === "merge" ? "ignore" : stderr],
      control: {
        handed: { ...handed, merges: stderr === "merge" },
        told: (told, answer) => this.#told(told as ChildTold, answer),
      },
    });
    const [given, ...outputs] = this.#child.pipes;
    this.#input = given && new PolledPipe(given);
    this.pipes = [this.#input, ...outputs];
    this.#child.watch({ writable() {}, closed: (failure) => this.#closed(failure) });
  }

  #told(message: ChildTold, answer: (isReadable: boolean) => void): void {
    if (message.told === "over") {
      this.#outcome = message.outcome;
      return;
    }
    if (message.told === "polls") {
      if (this.#input === undefined) answer(true);
      else this.#input.poll(message.taken, message.timeoutMs, answer);
      return;
    }
    this.pid = this.#child.pid;
    this.#events?.writable();
  }

  #closed(failure: HostFailure | undefined): void {
    this.#input?.forget();
    const outcome = this.#outcome;
    if (outcome?.how === "ended") {
      this.#returned(outcome.trees);
      this.returncode = outcome.returncode;
    } else if (this.pid !== undefined) {
      this.returncode = this.#child.returncode;
    } else {
      this.#events?.closed(
        outcome ?? failure ?? { code: "ECHILD", reason: "the process that runs it has failed" },
      );
      return;
    }
    this.#events?.closed(undefined);
  }

  watch(events: HostProcessEvents): void {
    this.#events = events;
  }

  kill(signal: string): HostFailure | undefined {
    return this.#child.kill(signal);
  }
}

/** Runs each program in a process of its own, of the same runtime, without permission for anything. */
export function inProcesses(
  processes: HostProcesses,
  commandOf: ChildCommand,
  source: string,
  folders: HostFolders,
): ProgramRunner {
  return {
    pipeRefusal: undefined,
    folders,
    run(command) {
      if (!(command.config.module instanceof Uint8Array)) return new UnsentModule();
      return new ChildProgram(command, commandOf(source), processes);
    },
  };
}

/** A module that is compiled cannot be taken to another process. */
class UnsentModule implements HostProcess {
  readonly pid = undefined;
  readonly returncode = undefined;
  readonly pipes = [];

  watch(events: HostProcessEvents): void {
    const reason = "a compiled module cannot be taken to the process that runs it; give its bytes";
    Promise.resolve().then(() => events.closed({ code: "EINVAL", reason }));
  }

  kill(): HostFailure {
    return { code: "ESRCH", reason: "it was not started" };
  }
}
