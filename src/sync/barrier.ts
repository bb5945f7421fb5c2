/**
 * Owns the Barrier.
 */
import { checkCount } from "../core/checks.ts";
import { type Operation, operation } from "../core/coroutine.ts";
import { LoopError } from "../core/errors.ts";
import { Condition } from "./condition.ts";

/** The barrier was aborted or reset while a task was waiting, or earlier. asyncio: `BrokenBarrierError`. */
export class BrokenBarrierError extends LoopError {
  override readonly name = "BrokenBarrierError";

  /** @internal */
  constructor(message: string) {
    super("ERR_BROKEN_BARRIER", message);
  }
}

type State = "filling" | "draining" | "resetting" | "broken";

/**
 * Holds tasks until a given number have arrived, then lets all of them through. asyncio: `Barrier`.
 */
export class Barrier {
  /** How many tasks it takes. */
  readonly parties: number;
  private readonly condition = new Condition();
  private state: State = "filling";
  private count = 0;

  /**
   * @param parties - how many tasks it takes.
   * @throws ArgumentError ERR_ARGUMENT_VALUE below one and for a fraction, ERR_ARGUMENT_TYPE for what is not a number.
   */
  constructor(parties: number) {
    this.parties = checkCount("Barrier", parties, 1);
  }

  /** How many are waiting at the moment. */
  get nWaiting(): number {
    return this.state === "filling" ? this.count : 0;
  }

  /** Whether it was aborted. */
  get broken(): boolean {
    return this.state === "broken";
  }

  /**
   * Waits until all have arrived.
   * @returns a unique number, from 0 to parties - 1.
   * @throws BrokenBarrierError.
   */
  wait(): Operation<number> {
    return operation(
      "wait",
      this.condition.with(() => this.waiting()),
    );
  }

  private *waiting(): Generator<unknown, number, unknown> {
    yield* this.condition.waitFor(() => this.state !== "draining" && this.state !== "resetting");
    if (this.state === "broken") throw new BrokenBarrierError("Barrier aborted");
    try {
      const index = this.count++;
      if (index + 1 === this.parties) {
        this.state = "draining";
        this.condition.notifyAll();
      } else {
        yield* this.condition.waitFor(() => this.state !== "filling");
        if (this.broken || this.state === "resetting")
          throw new BrokenBarrierError("Abort or reset of barrier");
      }
      return index;
    } finally {
      this.count--;
      this.leave();
    }
  }

  private leave(): void {
    if (this.count > 0) return;
    if (this.state === "resetting" || this.state === "draining") this.state = "filling";
    this.condition.notifyAll();
  }

  /** Throws a BrokenBarrierError in the tasks that are waiting, and starts over. */
  reset(): Operation<void> {
    return operation(
      "reset",
      this.condition.with(() => {
        this.state = this.count > 0 ? "resetting" : "filling";
        this.condition.notifyAll();
      }),
    );
  }

  /** Breaks the barrier: tasks that wait now or later get a BrokenBarrierError. */
  abort(): Operation<void> {
    return operation(
      "abort",
      this.condition.with(() => {
        this.state = "broken";
        this.condition.notifyAll();
      }),
    );
  }

  toString(): string {
    const waiters = this.broken ? "" : `, waiters:${this.nWaiting}/${this.parties}`;
    return `<Barrier [${this.state}${waiters}]>`;
  }
}
