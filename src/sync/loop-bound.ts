/**
 * Owns the rule that a lock or queue belongs to the loop on which it is first waited for.
 */
import { LoopError } from "../core/errors.ts";
import type { Future } from "../core/future.ts";
import type { EventLoop } from "../core/loop.ts";
import { getRunningLoop } from "../core/running.ts";

export abstract class LoopBound {
  private loop: EventLoop | undefined = undefined;

  /**
   * A future of the running loop, for a task that will wait here.
   * @param standsFor - what a deadlock's error names: the operation that waits in line, or this.
   * @internal
   */
  createFuture(standsFor: object = this): Future<unknown> {
    const loop = getRunningLoop();
    this.loop ??= loop;
    if (this.loop !== loop) {
      throw new LoopError(
        "ERR_FOREIGN_FUTURE",
        `this ${this.constructor.name} is bound to a different event loop; create one for each loop`,
      );
    }
    const future = loop.createFuture<unknown>();
    future.value = standsFor;
    return future;
  }
}
