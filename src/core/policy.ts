/**
 * Owns the policy: which loop is the current one when none is running, and how a new one is made.
 */
import { checkMethods } from "./checks.ts";
import { LoopError } from "./errors.ts";
import type { LoopOptions } from "./hosts.ts";
import { EventLoop } from "./loop.ts";
import { AFTER_FOREIGN_AWAIT, checkLoop, provideLoopOfPolicy } from "./running.ts";

/** Makes loops and knows the current one. Subclass DefaultEventLoopPolicy to change how. asyncio: AbstractEventLoopPolicy. */
export abstract class EventLoopPolicy {
  /** The current loop. @throws LoopError ERR_NO_CURRENT_LOOP when none is set. */
  abstract getEventLoop(): EventLoop;
  /** Makes `loop` the current one; null for none. */
  abstract setEventLoop(loop: EventLoop | null): void;
  /** A new loop. It does not become the current one. */
  abstract newEventLoop(options?: LoopOptions): EventLoop;
}

/** The policy by default. asyncio: DefaultEventLoopPolicy. */
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
    if (loop !== null) checkLoop("setEventLoop", loop, "an event loop or null");
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

const POLICY_METHODS = ["getEventLoop", "setEventLoop", "newEventLoop"];

/**
 * Sets the policy; null for the default one. asyncio: `set_event_loop_policy`.
 * @throws ArgumentError ERR_ARGUMENT_TYPE if it is not a policy.
 */
export function setEventLoopPolicy(newPolicy: EventLoopPolicy | null): void {
  if (newPolicy !== null)
    checkMethods(
      "setEventLoopPolicy",
      "null, or a policy that extends DefaultEventLoopPolicy,",
      newPolicy,
      POLICY_METHODS,
    );
  policy = newPolicy ?? new DefaultEventLoopPolicy();
}

/** Makes `loop` the policy's current one; null for none. asyncio: `set_event_loop`. */
export function setEventLoop(loop: EventLoop | null): void {
  policy.setEventLoop(loop);
}

/** A new loop, made by the policy. asyncio: `new_event_loop`. */
export function newEventLoop(options?: LoopOptions): EventLoop {
  return policy.newEventLoop(options);
}
