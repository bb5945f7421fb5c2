/**
 * Owns a program in a worker as a process: what the worker tells becomes what a process tells, and a signal ends the worker.
 */
import type { HostFailure, HostSocket } from "../host/network.ts";
import type { HostProcess, HostProcessEvents } from "../host/processes.ts";
import type { HostFolders, HostWorker, StartWorker } from "../host/wasi.ts";
import type { Outcome } from "./config.ts";
import { InputPipe, OutputPipe } from "./pipes.ts";
import type { ProgramCommand, ProgramRunner } from "./runner.ts";
import { canShare, Shared } from "./shared.ts";
import { failureToSend, nextPid, SIGNALS } from "./signals.ts";
import type { Beginning, Told } from "./worker.ts";

class WorkerProcess implements HostProcess {
  pid: number | undefined;
  returncode: number | undefined;
  readonly pipes: readonly (HostSocket | undefined)[];
  readonly #command: ProgramCommand;
  readonly #worker: HostWorker;
  readonly #input: InputPipe | undefined;
  readonly #outputs: readonly (OutputPipe | undefined)[];
  readonly #shared: Shared | undefined;
  #events: HostProcessEvents | undefined;
  #isOver = false;

  constructor(command: ProgramCommand, source: string, startWorker: StartWorker) {
    this.#command = command;
    const { config, input, stdout, stderr } = command;
    const shared = canShare() ? new Shared() : undefined;
    this.#shared = shared;
    this.#input = input === null && shared !== undefined ? new InputPipe(shared) : undefined;
    const out = stdout === "pipe" ? new OutputPipe(shared, 1) : undefined;
    const err = stderr === "pipe" ? new OutputPipe(shared, 2) : undefined;
    this.#outputs = [undefined, out, stderr === "merge" ? out : err];
    this.pipes = [this.#input, out, err];
    this.#worker = startWorker(source, {
      message: (message) => this.#told(message as Told),
      failed: (failure) => this.#died(failure),
    });
    const beginning: Beginning = { config, shared: shared?.buffer ?? null, input };
    try {
      this.#worker.post(beginning);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      Promise.resolve().then(() => this.#died({ code: "EINVAL", reason }));
    }
  }

  watch(events: HostProcessEvents): void {
    this.#events = events;
  }

  #told(message: Told): void {
    if (this.#isOver) return;
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
      this.#end(undefined, outcome);
      return;
    }
    this.#command.returned(outcome.trees);
    this.#end(outcome.returncode, undefined);
  }

  /** A worker that dies under a program has run out of memory, mostly. */
  #died(failure: HostFailure): void {
    if (this.#isOver) return;
    this.#end(this.pid === undefined ? undefined : -(SIGNALS.SIGKILL as number), failure);
  }

  #end(returncode: number | undefined, failure: HostFailure | undefined): void {
    this.#isOver = true;
    // The process is over when its thread is.
    this.#worker.terminate(() => {
      this.#input?.ended();
      for (const pipe of new Set(this.#outputs)) pipe?.ended();
      this.returncode = returncode;
      this.#events?.closed(this.pid === undefined ? failure : undefined);
    });
  }

  kill(signal: string): HostFailure | undefined {
    const failure = failureToSend(signal, this.#isOver);
    if (failure === undefined) this.#end(-(SIGNALS[signal] as number), { code: "ECANCELED", reason: signal });
    return failure;
  }
}

/** Runs each program in a worker of its own. */
export function inWorkers(
  startWorker: StartWorker,
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
    run: (command) => new WorkerProcess(command, source, startWorker),
  };
}
