/**
 * Owns the policy: which loop is the current one where none is running, and how a new one is made.
 */
import { ArgumentError, describe, LoopError } from "./errors.ts";
import { EventLoop, type LoopOptions } from "./loop.ts";
import { AFTER_FOREIGN_AWAIT, provideLoopOfPolicy } from "./running.ts";

/** Makes loops and knows the current one. Subclass DefaultEventLoopPolicy to change how. asyncio: AbstractEventLoopPolicy. */
export abstract class EventLoopPolicy {
  /** The current loop. @throws LoopError ERR_NO_CURRENT_LOOP when none is set. */
  abstract getEventLoop(): EventLoop;
  /** Makes `loop` the current one; null for none. */
  abstract setEventLoop(loop: EventLoop | null): void;
  /** A new loop. It does not become the current one. */
  abstract newEventLoop(options?: LoopOptions): EventLoop;
}

/** The policy unless another is set. asyncio: DefaultEventLoopPolicy. */
export class DefaultEventLoopPolicy extends EventLoopPolicy {
  #loop: EventLoop | null = null;

  override getEventLoop(): EventLoop {
    if (this.#loop !== null) return this.#loop;
    throw new LoopError(
      "ERR_NO_CURRENT_LOOP",
      `There is no current event loop; use run(), or setEventLoop(newEventLoop()). ${AFTER_FOREIGN_AWAIT}`,
    );
  }

  override setEventLoop(loop: EventLoop | null): void {
    if (loop !== null && !(loop instanceof EventLoop)) {
      throw new ArgumentError(
        "ERR_ARGUMENT_TYPE",
        `setEventLoop needs an event loop or null, and got ${describe(loop)}`,
      );
    }
    this.#loop = loop;
  }

  override newEventLoop(options?: LoopOptions): EventLoop {
    return new EventLoop(options);
  }
}

let policy: EventLoopPolicy = new DefaultEventLoopPolicy();
provideLoopOfPolicy(() => policy.getEventLoop());

/** The policy in force. asyncio: `get_event_loop_policy`. */
export function getEventLoopPolicy(): EventLoopPolicy {
  return policy;
}

/** Sets the policy; null for the default one. asyncio: `set_event_loop_policy`. */
export function setEventLoopPolicy(newPolicy: EventLoopPolicy | null): void {
  if (newPolicy !== null && typeof newPolicy?.newEventLoop !== "function") {
    throw new ArgumentError(
      "ERR_ARGUMENT_TYPE",
      `setEventLoopPolicy needs a policy or null, and got ${describe(newPolicy)}; extend DefaultEventLoopPolicy`,
    );
  }
  policy = newPolicy ?? new DefaultEventLoopPolicy();
}

/** Makes `loop` the policy's current one. asyncio: `set_event_loop`. */
export function setEventLoop(loop: EventLoop | null): void {
  policy.setEventLoop(loop);
}

/** A new loop, made by the policy. asyncio: `new_event_loop`. */
export function newEventLoop(options?: LoopOptions): EventLoop {
  return policy.newEventLoop(options);
}
