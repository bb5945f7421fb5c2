/**
 * Owns the scoped use of what is acquired and released: with a body in either style, or with `using`.
 */
import { perform } from "../core/async/perform.ts";
import { checkFunction } from "../core/checks.ts";
import { type Body, type Operation, operation } from "../core/coroutine.ts";
import { LoopBound } from "./loop-bound.ts";

/** Releases what `hold` has acquired, once. */
export class Hold {
  private release: (() => void) | undefined;

  /** @internal */
  constructor(release: () => void) {
    this.release = release;
  }

  [Symbol.dispose](): void {
    const { release } = this;
    this.release = undefined;
    release?.();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this[Symbol.dispose]();
  }
}

/** Something that is acquired, and released when a scope is left, in whichever way. */
export abstract class Acquirable extends LoopBound {
  /** Waits until it is this task's turn. */
  abstract acquire(): Operation<true>;
  abstract release(): void;

  /**
   * Acquires, runs `body`, and releases. asyncio: `async with`.
   *
   * @param body - a coroutine function, an async function or a plain one.
   * @returns what the body returns.
   * @throws ArgumentError ERR_CALLBACK_EXPECTED.
   *
   * @example
   * ```ts
   * yield* lock.with(function* () { yield* change(); });
   * await lock.with(async () => { await change(); });
   * ```
   */
  with<T>(body: Body<T>): Operation<T> {
    checkFunction("with", body);
    return operation("with", this.within(body));
  }

  /**
   * Acquires; what it returns releases when its scope is left.
   *
   * @example
   * ```ts
   * using _ = await lock.hold();
   * ```
   */
  hold(): Operation<Hold> {
    return operation("hold", this.held());
  }

  private *within<T>(body: Body<T>): Generator<unknown, T, unknown> {
    yield* this.acquire();
    try {
      return yield* perform(body);
    } finally {
      this.release();
    }
  }

  private *held(): Generator<unknown, Hold, unknown> {
    yield* this.acquire();
    return new Hold(() => this.release());
  }
}
