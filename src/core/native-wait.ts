/**
 * Owns waiting for an async function within the task of another one: the engine runs it, and what it awaits of ours is
 * driven in that same task meanwhile. Knows nothing of how (async-task.ts).
 */
import { notWaitedFor, Operation } from "./coroutine.ts";

export class NativeWait<T> extends Operation<T> {
  readonly promise: PromiseLike<T>;
  private outcome: { readonly value: T } | { readonly error: unknown } | undefined = undefined;
  private hasYielded = false;

  constructor(promise: PromiseLike<T>) {
    super();
    this.promise = promise;
  }

  get name(): string {
    return "async function";
  }

  /** Calls `ended` when the function has. */
  whenEnded(ended: () => void): void {
    this.promise.then(
      (value) => {
        this.outcome = { value };
        ended();
      },
      (error) => {
        this.outcome = { error };
        ended();
      },
    );
  }

  next(): IteratorResult<unknown, T> {
    const { outcome } = this;
    if (outcome === undefined) {
      if (this.hasYielded) throw notWaitedFor(this.name);
      this.hasYielded = true;
      return { done: false, value: this };
    }
    if ("error" in outcome) throw outcome.error;
    return { done: true, value: outcome.value };
  }

  throw(error: unknown): IteratorResult<unknown, T> {
    throw error;
  }

  return(value: T): IteratorResult<unknown, T> {
    return { done: true, value };
  }
}
