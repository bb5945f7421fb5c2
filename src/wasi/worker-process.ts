/**
 * Owns a program in a worker as a process: what the worker tells becomes what a process tells, and a signal ends the worker.
 */
import type { HostFolders } from "../host/folders.ts";
import type { HostFailure, HostSocket } from "../host/network.ts";
import type { HostProcess, HostProcessEvents } from "../host/processes.ts";
import type { HostWorker, StartThread } from "../host/workers.ts";
import type { Outcome } from "./config.ts";
import { InputPipe, OutputPipe } from "./pipes.ts";
import type { ProgramCommand, ProgramRunner } from "./runner.ts";
import { canShare, Shared } from "./shared.ts";
import { failureToSend, nextPid, SIGNALS } from "./signals.ts";
import type { Beginning, Told } from "./worker.ts";

/** What a program has come to: its returncode, or why it has none. */
interface End {
  readonly returncode: number | undefined;
  readonly failure: HostFailure | undefined;
}

class WorkerProcess implements HostProcess {
  pid: number | undefined;
  returncode: number | undefined;
  readonly pipes: readonly (HostSocket | undefined)[];
  readonly #command: ProgramCommand;
  readonly #worker: HostWorker | undefined;
  readonly #input: InputPipe | undefined;
  readonly #outputs: readonly (OutputPipe | undefined)[];
  readonly #shared: Shared | undefined;
  #events: HostProcessEvents | undefined;
  /** Known before its thread has ended, with which the process is over. */
  #end: End | undefined;

  constructor(command: ProgramCommand, source: string, startThread: StartThread) {
    this.#command = command;
    const { config, input, stdout, stderr } = command;
    const shared = canShare() ? new Shared() : undefined;
    this.#shared = shared;
    this.#input = input === null && shared !== undefined ? new InputPipe(shared) : undefined;
    const out = stdout === "pipe" ? new OutputPipe(shared, 1) : undefined;
    const err = stderr === "pipe" ? new OutputPipe(shared, 2) : undefined;
    this.#outputs = [undefined, out, stderr === "merge" ? out : err];
    this.pipes = [this.#input, out, err];
    try {
      this.#worker = startThread(source, { name: config.args[0] ?? "wasi", isSealed: true });
    } catch (error) {
      this.#gone(refusal(messageOf(error)));
      return;
    }
    this.#worker.listen({
      message: (message) => this.#told(message as Told),
      // A worker that dies under a program has run out of memory, mostly.
      ended: (reason, error) => this.#gone({ code: codeOf(error), reason }),
      refused: (why) => this.#gone(refusal(why)),
    });
    this.#worker.keepAlive(false);
    const beginning: Beginning = { config, shared: shared?.buffer ?? null, input };
    try {
      this.#worker.post(beginning, []);
    } catch (error) {
      this.#endBy({ returncode: undefined, failure: { code: "EINVAL", reason: messageOf(error) } });
    }
  }

  watch(events: HostProcessEvents): void {
    this.#events = events;
  }

  #told(message: Told): void {
    if (this.#end !== undefined) return;
    switch (message.told) {
      case "started":
        this.pid = nextPid();
        this.#events?.writable();
        break;
      case "written":
        this.#written(message.fd, message.bytes);
        break;
      case "room":
        this.#input?.room();
        break;
      case "over":
        this.#over(message.outcome);
    }
  }

  #written(fd: 1 | 2, bytes: Uint8Array): void {
    const pipe = this.#outputs[fd];
    if (pipe === undefined) this.#shared?.take(fd, bytes.length);
    else pipe.arrived(fd, bytes);
  }

  #over(outcome: Outcome): void {
    if (outcome.how === "failed") {
      this.#endBy({ returncode: undefined, failure: outcome });
      return;
    }
    this.#command.returned(outcome.trees);
    this.#endBy({ returncode: outcome.returncode, failure: undefined });
  }

  #endBy(end: End): void {
    this.#end = end;
    this.#worker?.end();
  }

  /** The thread is no more. Told from a stack of its own, since this may be a call of the loop's. */
  #gone(failure: HostFailure): void {
    Promise.resolve().then(() => {
      this.#end ??= {
        returncode: this.pid === undefined ? undefined : -(SIGNALS.SIGKILL as number),
        failure,
      };
      this.#input?.ended();
      for (const pipe of new Set(this.#outputs)) pipe?.ended();
      this.returncode = this.#end.returncode;
      this.#events?.closed(this.pid === undefined ? this.#end.failure : undefined);
    });
  }

  kill(signal: string): HostFailure | undefined {
    const failure = failureToSend(signal, this.#end !== undefined);
    if (failure === undefined) {
      const why = { code: "ECANCELED", reason: signal };
      this.#endBy({ returncode: -(SIGNALS[signal] as number), failure: why });
    }
    return failure;
  }
}

function refusal(why: string): HostFailure {
  const reason = `no thread could be started for it: ${why}; where a page's policy forbids it, allow worker-src blob:`;
  return { code: "EPERM", reason };
}

function codeOf(error: unknown): string {
  return (error as { code?: string } | undefined)?.code ?? "EUNKNOWN";
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Runs each program in a worker of its own. */
export function inWorkers(
  startThread: StartThread,
  source: string,
  folders: HostFolders | undefined,
): ProgramRunner {
  return {
    get pipeRefusal() {
      return canShare()
        ? undefined
        : "memory that is shared with its worker, which pages have when they are cross-origin isolated";
    },
    folders,
    run: (command) => new WorkerProcess(command, source, startThread),
  };
}
