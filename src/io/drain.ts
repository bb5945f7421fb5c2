/** Owns `drain`: waiting until it makes sense to write more, which most of the time it does. */
import { DONE } from "../core/coroutine.ts";
import type { Future } from "../core/future.ts";
import { Patient } from "./patient.ts";

/** The protocol of streams, as far as it is asked whether to write. */
interface Draining {
  mustBeWhole(): void;
  beginToDrain(): Future<void> | undefined;
  endToDrain(future: Future<void>): void;
}

export class Drain extends Patient<void> {
  private readonly protocol: Draining;
  private readonly transport: { isClosing(): boolean };
  private hasGivenWay = false;

  constructor(protocol: Draining, transport: { isClosing(): boolean }) {
    super("drain");
    this.protocol = protocol;
    this.transport = transport;
  }

  protected attempt(isFirst: boolean): IteratorResult<unknown, void> {
    if (!isFirst) return DONE;
    if (!this.hasGivenWay) {
      this.protocol.mustBeWhole();
      // The loss of a closing connection becomes known in a turn, which a program that never waits would not allow.
      if (this.transport.isClosing()) {
        this.hasGivenWay = true;
        return this.giveWay();
      }
    }
    const future = this.protocol.beginToDrain();
    return future === undefined ? DONE : this.wait(future);
  }

  protected leave(future: Future<void>): void {
    this.protocol.endToDrain(future);
  }
}
