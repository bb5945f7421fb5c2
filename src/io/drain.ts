/**
 * Owns `drain`: waiting until it makes sense to write more. Written out as a state machine instead of a generator, since
 * most of the time there is nothing to wait for.
 */
import { claimedBefore, notWaitedFor, Operation, watchUntilAwaited } from "../core/coroutine.ts";
import type { Future } from "../core/future.ts";

const NEW = 0;
const CLAIMED = 1;
const YIELDED = 2;
const WAITING = 3;
const ENDED = 4;

const DONE: IteratorResult<unknown, void> = Object.freeze({ done: true, value: undefined });

/** The protocol of streams, as far as it is asked whether to write. */
interface Draining {
  mustBeWhole(): void;
  beginToDrain(): Future<void> | undefined;
  endToDrain(future: Future<void>): void;
}

export class Drain extends Operation<void> {
  declare future: Future<void> | undefined;
  private readonly protocol: Draining;
  private readonly transport: { isClosing(): boolean };
  private stage = NEW;

  constructor(protocol: Draining, transport: { isClosing(): boolean }) {
    super();
    this.protocol = protocol;
    this.transport = transport;
    watchUntilAwaited(this);
  }

  get name(): string {
    return "drain";
  }

  override claim(): void {
    if (this.stage !== NEW) throw claimedBefore(this.name, this.stage !== ENDED);
    this.stage = CLAIMED;
    this.markAwaited();
  }

  next(): IteratorResult<unknown, void> {
    const { stage } = this;
    if (stage === ENDED) throw claimedBefore(this.name, false);
    if (stage === WAITING) {
      const future = this.future as Future<void>;
      if (future.pending()) return this.throw(notWaitedFor(this.name));
      this.end();
      future.result();
      return DONE;
    }
    if (stage === NEW) this.claim();
    this.stage = ENDED;
    if (stage !== YIELDED) {
      this.protocol.mustBeWhole();
      // The loss of a closing connection becomes known in a turn, which a program that never waits would not allow.
      if (this.transport.isClosing()) {
        this.stage = YIELDED;
        return { done: false, value: undefined };
      }
    }
    this.future = this.protocol.beginToDrain();
    if (this.future === undefined) return DONE;
    this.stage = WAITING;
    return { done: false, value: this };
  }

  throw(error: unknown): IteratorResult<unknown, void> {
    this.end();
    throw error;
  }

  return(): IteratorResult<unknown, void> {
    this.end();
    return DONE;
  }

  private end(): void {
    const { stage } = this;
    this.stage = ENDED;
    if (stage === NEW) this.markAwaited();
    else if (stage === WAITING) this.protocol.endToDrain(this.future as Future<void>);
  }
}
