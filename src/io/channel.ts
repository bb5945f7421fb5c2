/**
 * Owns the bridge between a socket of the host and the core's interest table. What the host reports is noted there, and
 * where that is wanted, the channel joins the ready ring, so that I/O happens in turns of the loop, in the order
 * in which it became possible. Knows nothing of bytes.
 */
import { copyContext, enterContext } from "../core/context.ts";
import { isInterrupt } from "../core/interrupt.ts";
import type { EventLoop } from "../core/loop.ts";
import type { Scheduler } from "../core/scheduler.ts";
import { HANGUP, READABLE, type Runnable, WRITABLE } from "../core/wasm.ts";
import type { HostEvents, HostFailure } from "../host/network.ts";

export { HANGUP, READABLE, WRITABLE };

/** What a channel works for. */
export interface ChannelUser {
  /** Some of what is wanted is available: READABLE, WRITABLE and HANGUP, as bits. Called in the channel's turn. */
  ready(bits: number): void;
  /** Whether its turns run no user code. */
  readonly isPlain?: boolean;
  /** The loop was closed. Let go of whatever the host holds, and do not touch the loop. */
  abandoned(): void;
}

/** One socket's slot in the interest table. Unless it is closed, it is closed with the loop. */
export class Channel implements Runnable, HostEvents {
  user: ChannelUser;
  /** The other side has ended. */
  endTold = false;
  /** Why the socket closed, if it failed. */
  failure: HostFailure | undefined;
  readonly #scheduler: Scheduler;
  readonly #slot: number;
  /** I/O runs in the context in which it was started. */
  readonly #context = copyContext();
  #wanted = 0;
  #open = true;

  constructor(loop: EventLoop, user: ChannelUser) {
    const { scheduler } = loop;
    scheduler.mustBeOpen();
    this.user = user;
    this.#scheduler = scheduler;
    this.#slot = scheduler.calls.channelOpen();
    scheduler.core.attach(this.#slot, this);
  }

  /** Wants these bits from now on, and no others. */
  want(bits: number): void {
    if (!this.#open) return;
    this.#wanted = bits;
    this.#scheduler.calls.channelWant(this.#slot, bits);
    this.#scheduler.wakeIfAsleep();
  }

  /** Gives the slot back. What the host reports afterwards is ignored. */
  close(): void {
    if (!this.#open) return;
    this.#open = false;
    const { core, calls } = this.#scheduler;
    // While it is in the ready ring, it keeps the slot until its turn.
    if (calls.channelClose(this.#slot)) core.detach(this.#slot);
  }

  readable(): void {
    this.#signal(READABLE);
  }

  writable(): void {
    // Of use only while somebody waits for it, who has asked before; and it comes with most of what is written.
    if ((this.#wanted & WRITABLE) !== 0) this.#signal(WRITABLE);
  }

  ended(): void {
    this.endTold = true;
    this.#signal(READABLE);
  }

  closed(failure: HostFailure | undefined): void {
    this.failure = failure;
    this.#signal(HANGUP);
  }

  #signal(bits: number): void {
    if (!this.#open) return;
    this.#scheduler.calls.channelReady(this.#slot, bits);
    if ((bits & this.#wanted) !== 0) this.#scheduler.wakeIfAsleep();
  }

  /** What runs no user code starts nothing, and needs no scope. @internal */
  get entersScope(): boolean {
    return this.user.isPlain === true;
  }

  /** Called in its turn. */
  run(): void {
    const { core, calls } = this.#scheduler;
    const bits = calls.channelTake(this.#slot);
    if (!this.#open) {
      core.detach(this.#slot);
      return;
    }
    // What was available is no longer wanted since the channel was queued.
    if (bits === 0) return;
    const outer = enterContext(this.#context);
    try {
      this.user.ready(bits);
    } catch (exception) {
      if (isInterrupt(exception)) throw exception;
      this.#scheduler.loop.callExceptionHandler({ message: "Exception in an I/O callback", exception });
    } finally {
      enterContext(outer);
    }
  }

  /** Called when the loop is closed. */
  abandoned(): void {
    if (!this.#open) return;
    this.#open = false;
    this.user.abandoned();
  }
}
