/**
 * Owns Ctrl-C: who is told of SIGINT while programs run. One listener stands for all of them, as long as there are any and
 * nobody else listens. Knows nothing of what a program makes of it (runner.ts), and no host beyond the interface.
 */
import type { Host, HostSignals } from "../host/host.ts";

const SIGINT = "SIGINT";

/** The programs that are to be told, of all loops that share a process. */
class Watch {
  readonly #signals: HostSignals;
  readonly #programs = new Set<() => void>();
  #stopListening: (() => void) | undefined;

  constructor(signals: HostSignals) {
    this.#signals = signals;
  }

  add(interrupted: () => void): () => void {
    // Who has a listener has decided already what Ctrl-C means.
    if (this.#othersListen()) return () => {};
    this.#programs.add(interrupted);
    this.#stopListening ??= this.#signals.listen(SIGINT, this.#heard);
    return () => {
      this.#programs.delete(interrupted);
      this.#stopIfUnused();
    };
  }

  readonly #heard = () => {
    if (this.#othersListen()) {
      // One that came later has taken our place. To be gone is part of that: some end the process if they are alone.
      this.#programs.clear();
      this.#stopIfUnused();
      return;
    }
    for (const interrupted of [...this.#programs]) interrupted();
  };

  #othersListen(): boolean {
    const ours = this.#stopListening === undefined ? 0 : 1;
    return this.#signals.listenerCount(SIGINT) > ours;
  }

  #stopIfUnused(): void {
    if (this.#programs.size > 0) return;
    this.#stopListening?.();
    this.#stopListening = undefined;
  }
}

const watches = new WeakMap<HostSignals, Watch>();

/**
 * Calls `interrupted` at each SIGINT from now on. Does nothing on a host without signals, and where somebody else listens
 * for SIGINT.
 * @returns what ends it. Where it was the last, the next SIGINT is the system's again, and ends the process. @internal
 */
export function watchInterrupts({ signals }: Host, interrupted: () => void): () => void {
  if (signals === undefined) return () => {};
  let watch = watches.get(signals);
  if (watch === undefined) {
    watch = new Watch(signals);
    watches.set(signals, watch);
  }
  return watch.add(interrupted);
}
