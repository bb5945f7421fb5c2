/** Tests ExceptionGroup: what it is, and how it is taken apart. */
import { describe, expect, it } from "vitest";
import { ExceptionGroup, TimeoutError } from "wasyncio";
import { outcomeOfCall } from "../sync/trial.ts";

const range = new RangeError("range");
const type = new TypeError("type");
const late = new TimeoutError("late");

/** A group as its message and what is in it, nested. */
type Shape = string | null | readonly [string, ...Shape[]];

function shapeOf(error: unknown): Shape {
  if (error === null) return null;
  if (!(error instanceof ExceptionGroup)) return (error as Error).message;
  return [error.message, ...(error.errors as unknown[]).map(shapeOf)];
}

const nested = () =>
  new ExceptionGroup("outer", [
    range,
    new ExceptionGroup("middle", [type, new ExceptionGroup("inner", [new RangeError("deep")])]),
    late,
  ]);

describe("ExceptionGroup", () => {
  it("is an AggregateError with a code, and says how many it holds", () => {
    const group = new ExceptionGroup("both", [range, type], { cause: late });
    expect(group).toBeInstanceOf(AggregateError);
    expect([group.name, group.code, group.errors, group.cause]).toEqual([
      "ExceptionGroup",
      "ERR_EXCEPTION_GROUP",
      [range, type],
      late,
    ]);
    expect(String(group)).toBe("ExceptionGroup: both (2 sub-exceptions)");
    expect(String(new ExceptionGroup("one", [range]))).toBe("ExceptionGroup: one (1 sub-exception)");
  });

  it("keeps a list of its own", () => {
    const errors = [range];
    const group = new ExceptionGroup("one", errors);
    errors.push(range);
    expect(group.errors).toHaveLength(1);
  });

  it("splits by a class into those that are of it and those that are not, nested as they were", () => {
    const [matching, others] = nested().split(RangeError);
    expect(shapeOf(matching)).toEqual(["outer", "range", ["middle", ["inner", "deep"]]]);
    expect(shapeOf(others)).toEqual(["outer", ["middle", "type"], "late"]);
  });

  it("splits by several classes, and by a function", () => {
    expect(nested().split([TypeError, TimeoutError]).map(shapeOf)).toEqual([
      ["outer", ["middle", "type"], "late"],
      ["outer", "range", ["middle", ["inner", "deep"]]],
    ]);
    const isDeep = (error: unknown) => (error as Error).message === "deep";
    expect(nested().split(isDeep).map(shapeOf)).toEqual([
      ["outer", ["middle", ["inner", "deep"]]],
      ["outer", "range", ["middle", "type"], "late"],
    ]);
  });

  it("asks a function of nested groups as wholes first, and takes them whole", () => {
    const asked: string[] = [];
    const [matching, others] = nested().split((error) => {
      asked.push((error as Error).message);
      return (error as Error).message === "middle";
    });
    expect(asked).toEqual(["outer", "range", "middle", "late"]);
    expect(shapeOf(matching)).toEqual(["outer", ["middle", "type", ["inner", "deep"]]]);
    expect(shapeOf(others)).toEqual(["outer", "range", "late"]);
  });

  it("that matches as a whole, or not at all, is itself, and null on the other side", () => {
    const group = nested();
    const whole = group.split(ExceptionGroup);
    expect([whole[0] === group, whole[1]]).toEqual([true, null]);
    const all = group.split(Error);
    expect([all[0] === group, all[1]]).toEqual([true, null]);
    const [none, rest] = group.split(SyntaxError);
    expect([none, shapeOf(rest)]).toEqual([null, shapeOf(group)]);
  });

  it("subgroup is the matching half", () => {
    expect(shapeOf(nested().subgroup(TypeError))).toEqual(["outer", ["middle", "type"]]);
    expect(nested().subgroup(SyntaxError)).toBeNull();
  });

  it("derive makes the parts: a subclass keeps what it carries, and parts keep the cause", () => {
    class Failures extends ExceptionGroup {
      readonly attempt: number;
      constructor(message: string, errors: readonly unknown[], attempt: number) {
        super(message, errors);
        this.attempt = attempt;
      }
      override derive(errors: readonly unknown[]): Failures {
        return new Failures(this.message, errors, this.attempt);
      }
    }
    const group = new Failures("all", [range, type], 3);
    group.cause = late;
    const [matching, others] = group.split(RangeError);
    expect([matching, others].map((part) => part instanceof Failures && [part.attempt, part.cause])).toEqual([
      [3, late],
      [3, late],
    ]);
    expect(shapeOf(nested().derive([type]))).toEqual(["outer", "type"]);
  });

  it("takes errors that are no Error objects as they are", () => {
    const [strings, others] = new ExceptionGroup("mixed", ["text", range]).split(
      (each) => typeof each === "string",
    );
    expect([strings?.errors, others?.errors]).toEqual([["text"], [range]]);
  });

  it("of nothing is refused, and so is an invalid condition", () => {
    expect(outcomeOfCall(() => new ExceptionGroup("none", []))).toBe("ArgumentError ERR_ARGUMENT_VALUE");
    for (const condition of [5, null, undefined, [RangeError, 5], "RangeError"])
      expect(outcomeOfCall(() => nested().split(condition as never))).toBe("ArgumentError ERR_ARGUMENT_TYPE");
  });
});
