/**
 * Owns the ExceptionGroup: several errors that happened concurrently, thrown as one.
 */

import { checkString, readOptions } from "../core/checks.ts";
import { checkList } from "../core/ensure.ts";
import { ArgumentError, describe } from "../core/errors.ts";

/** Which errors are meant: a class, several classes, or a predicate. */
export type ErrorCondition =
  | (abstract new (
      ...args: never
    ) => Error)
  | readonly (abstract new (
      ...args: never
    ) => Error)[]
  | ((error: unknown) => boolean);

/**
 * Several errors as one. Python: `ExceptionGroup`; JavaScript's AggregateError is its base, so that `errors` lists them.
 *
 * @example
 * ```ts
 * const [timeouts, others] = group.split(TimeoutError);
 * if (others !== null) throw others;
 * ```
 */
export class ExceptionGroup extends AggregateError {
  override readonly name: string = "ExceptionGroup";
  readonly code: string = "ERR_EXCEPTION_GROUP";

  /**
   * @param message - what they have in common.
   * @param errors - at least one.
   * @param options.cause - what led to them.
   * @throws ArgumentError ERR_ARGUMENT_VALUE for an empty list, ERR_ARGUMENT_TYPE.
   */
  constructor(message: string, errors: readonly unknown[], options?: ErrorOptions) {
    checkString("ExceptionGroup", "a message", message);
    checkList("ExceptionGroup", "errors", errors);
    super([...errors], message, readOptions("ExceptionGroup", options, ["cause"]));
    if (this.errors.length === 0)
      throw new ArgumentError("ERR_ARGUMENT_VALUE", "an ExceptionGroup needs at least one error");
  }

  /**
   * A group like this one, of other errors. Subclasses with more fields override it. Python: `derive`.
   */
  derive(errors: readonly unknown[]): ExceptionGroup {
    return new ExceptionGroup(this.message, errors);
  }

  /**
   * The errors that meet the condition, in groups nested as they are here; null when there are none.
   */
  subgroup(condition: ErrorCondition): ExceptionGroup | null {
    return this.split(condition)[0];
  }

  /**
   * The errors that meet the condition and those that do not, in groups nested as they are here. The condition is first
   * applied to nested groups as a whole.
   */
  split(condition: ErrorCondition): [ExceptionGroup | null, ExceptionGroup | null] {
    return this.splitBy(asPredicate(condition));
  }

  private splitBy(matches: (error: unknown) => boolean): [ExceptionGroup | null, ExceptionGroup | null] {
    if (matches(this)) return [this, null];
    const matching: unknown[] = [];
    const others: unknown[] = [];
    for (const error of this.errors as unknown[]) {
      if (error instanceof ExceptionGroup) {
        const [inside, outside] = error.splitBy(matches);
        if (inside !== null) matching.push(inside);
        if (outside !== null) others.push(outside);
      } else if (matches(error)) matching.push(error);
      else others.push(error);
    }
    return [this.deriveUnlessEmpty(matching), this.deriveUnlessEmpty(others)];
  }

  private deriveUnlessEmpty(errors: readonly unknown[]): ExceptionGroup | null {
    if (errors.length === 0) return null;
    const derived = this.derive(errors);
    if (this.cause !== undefined) derived.cause = this.cause;
    return derived;
  }

  override toString(): string {
    const count = this.errors.length;
    return `${this.name}: ${this.message} (${count} sub-exception${count === 1 ? "" : "s"})`;
  }
}

function asPredicate(condition: ErrorCondition): (error: unknown) => boolean {
  const conditions: readonly unknown[] = Array.isArray(condition) ? condition : [condition];
  if (!conditions.every((each) => typeof each === "function")) {
    throw new ArgumentError(
      "ERR_ARGUMENT_TYPE",
      `expected an error class, an array of error classes or a predicate, got ${describe(condition)}`,
    );
  }
  if (Array.isArray(condition)) return (error) => condition.some((each) => error instanceof each);
  const one = condition as ((error: unknown) => boolean) & { prototype?: unknown };
  const isClass = one === (Error as unknown) || one.prototype instanceof Error;
  return isClass ? (error) => error instanceof (one as unknown as new () => Error) : one;
}
