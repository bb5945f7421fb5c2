/**
 * Owns Ctrl-C: what gets SIGINT while programs run. One listener serves all of them, as long as there are any and
 * there is no other listener. Knows nothing of how a program reacts (runner.ts), and no host beyond the interface.
 */
import type { Host, HostSignals } from "../host/host.ts";

const SIGINT = "SIGINT";

/** The programs to notify, of all loops that share a process. */
class Watch {
  readonly #signals: HostSignals;
  readonly #programs = new Set<() => void>();
  #stopListening: (() => void) | undefined;

  constructor(signals: HostSignals) {
    this.#signals = signals;
  }

  add(interrupted: () => void): () => void {
    // A program with a listener has already decided what Ctrl-C means.
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
      // A later listener takes our place. We must be gone then: some end the process if they are the only one.
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
 * Calls `interrupted` at each SIGINT from now on. Does nothing on a host without signals, and if there is another listener
 * for SIGINT.
 * @returns a function that ends it. If it was the last, the next SIGINT has its default effect and ends the process. @internal
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
