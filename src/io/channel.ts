/**
 * Owns the bridge between a socket of the host and the core's interest table. What the host tells is noted there, and
 * where it meets what is wanted the channel joins the ready ring, so that I/O happens in turns of the loop, in the order
 * in which it became possible. Knows nothing of bytes.
 */
import { copyContext, enterContext } from "../core/context.ts";
import { isInterrupt } from "../core/future.ts";
import type { EventLoop } from "../core/loop.ts";
import { HANGUP, READABLE, type Runnable, WRITABLE } from "../core/wasm.ts";
import type { HostEvents, HostFailure } from "../host/network.ts";

export { HANGUP, READABLE, WRITABLE };

/** Who a channel works for. */
export interface ChannelUser {
  /** Some of what is wanted is there: READABLE, WRITABLE and HANGUP, as bits. Called in the channel's turn. */
  ready(bits: number): void;
  /** The loop was closed. Whatever the host holds is to be let go, and the loop not to be touched. */
  abandoned(): void;
}

/** One socket's slot in the interest table. It has to be closed, or it is closed with the loop. */
export class Channel implements Runnable, HostEvents {
  user: ChannelUser;
  /** The other side has ended. */
  endTold = false;
  /** Why the socket is closed, if it failed. */
  failure: HostFailure | undefined;
  readonly #loop: EventLoop;
  readonly #slot: number;
  /** I/O runs in the context that it was begun in. */
  readonly #context = copyContext();
  #wanted = 0;
  #open = true;

  constructor(loop: EventLoop, user: ChannelUser) {
    loop.mustBeOpen();
    this.user = user;
    this.#loop = loop;
    this.#slot = loop.core.calls.channelOpen();
    loop.core.attach(this.#slot, this);
  }

  /** Wants these bits from now on, and no others. */
  want(bits: number): void {
    if (!this.#open) return;
    this.#wanted = bits;
    this.#loop.core.calls.channelWant(this.#slot, bits);
    this.#loop.wakeIfAsleep();
  }

  /** Gives the slot back. What the host tells afterwards is nobody's business any more. */
  close(): void {
    if (!this.#open) return;
    this.#open = false;
    const { core } = this.#loop;
    // In the ready ring it keeps the slot until its turn.
    if (core.calls.channelClose(this.#slot)) core.detach(this.#slot);
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
    this.#loop.core.calls.channelReady(this.#slot, bits);
    if ((bits & this.#wanted) !== 0) this.#loop.wakeIfAsleep();
  }

  /** Called by the driver. */
  run(): void {
    const { core } = this.#loop;
    const bits = core.calls.channelTake(this.#slot);
    if (!this.#open) {
      core.detach(this.#slot);
      return;
    }
    // What was there is not wanted any more, since the channel was queued.
    if (bits === 0) return;
    const outer = enterContext(this.#context);
    try {
      this.user.ready(bits);
    } catch (exception) {
      if (isInterrupt(exception)) throw exception;
      this.#loop.callExceptionHandler({ message: "Exception in an I/O callback", exception });
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
