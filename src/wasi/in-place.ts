/**
 * Owns a program that is run where the loop runs, on hosts without workers: at once and to its end, so that nothing else happens
 * meanwhile, and it can be neither waited for in between nor killed.
 */
import type { HostFailure, HostSocket } from "../host/network.ts";
import type { HostProcess, HostProcessEvents } from "../host/processes.ts";
import { OutputPipe } from "./pipes.ts";
import { runProgram } from "./program.ts";
import type { ProgramCommand, ProgramRunner } from "./runner.ts";
import { failureToSend, nextPid } from "./signals.ts";
import type { ProgramStreams } from "./streams.ts";
import type { ProgramClock } from "./time.ts";

/** How often a program that sleeps asks for the time: a clock that stands still would never get there. */
const TURNS_MAX = 1e8;

class PlacedProcess implements HostProcess {
  pid: number | undefined;
  returncode: number | undefined;
  readonly pipes: readonly (HostSocket | undefined)[];
  readonly #command: ProgramCommand;
  readonly #clock: ProgramClock;
  readonly #outputs: readonly (OutputPipe | undefined)[];

  constructor(command: ProgramCommand, clock: ProgramClock) {
    this.#clock = clock;
    this.#command = command;
    const out = command.stdout === "pipe" ? new OutputPipe(undefined, 1) : undefined;
    const err = command.stderr === "pipe" ? new OutputPipe(undefined, 2) : undefined;
    this.#outputs = [undefined, out, command.stderr === "merge" ? out : err];
    this.pipes = [undefined, out, err];
  }

  watch(events: HostProcessEvents): void {
    // Later, when the pipes have somebody to tell.
    Promise.resolve().then(() => {
      const failure = this.#run();
      if (failure === undefined) events.writable();
      events.closed(failure);
    });
  }

  #run(): HostFailure | undefined {
    const { config, returned } = this.#command;
    let input = this.#command.input ?? new Uint8Array(0);
    const clock = this.#clock;
    const streams: ProgramStreams = {
      clock,
      read(max) {
        const bytes = input.slice(0, max);
        input = input.subarray(bytes.length);
        return bytes;
      },
      waitReadable: () => true,
      write: (fd, bytes) => {
        this.#outputs[fd]?.arrived(fd, bytes);
        return true;
      },
      sleep(durationMs) {
        const endMs = clock.nowMs() + durationMs;
        for (let turns = 0; turns < TURNS_MAX && clock.nowMs() < endMs; turns++);
      },
    };
    const outcome = runProgram(config, streams, () => {
      this.pid = nextPid();
    });
    for (const pipe of new Set(this.#outputs)) pipe?.ended();
    if (outcome.how === "failed") return outcome;
    this.returncode = outcome.returncode;
    returned(outcome.trees);
    return undefined;
  }

  kill(signal: string): HostFailure | undefined {
    return failureToSend(signal, this.returncode !== undefined);
  }
}

/** Runs each program where the loop runs. */
export function inPlace(clock: ProgramClock): ProgramRunner {
  return {
    pipeRefusal: "workers",
    folders: undefined,
    run: (command) => new PlacedProcess(command, clock),
  };
}
