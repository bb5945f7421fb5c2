/** `runUnder`, by itself and in the hands of fast-check. */
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { createTask, gather, Lock, sleep } from "wasyncio";
import { type Fault, type Program, runUnder } from "wasyncio/testing";

const orderOf: Program<string> = function* () {
  const log: string[] = [];
  function* step(name: string) {
    log.push(name);
  }
  yield* gather(...["a", "b", "c"].map((name) => createTask(step(name), { name })));
  return log.join("");
};

test.each([
  [[], "abc"],
  [[0, 0, 0], "abc"],
  [[1], "bac"],
  [[2, 1], "cba"],
  [[4, 3, 9, 9], "bca"],
] as [number[], string][])("runUnder follows the choices %j", async (choices, order) => {
  expect(await runUnder(orderOf, { choices })).toBe(order);
});

test("runUnder fails as an explored program does", async () => {
  const program: Program<void> = function* () {
    const lock = new Lock();
    yield* lock.acquire();
    yield* lock.acquire();
  };
  await expect(runUnder(program, {})).rejects.toMatchObject({ code: "ERR_DEADLOCK" });
  const faults: Fault[] = [{ kind: "cancel", task: 1, wait: 1, at: "start" }];
  await expect(runUnder(program, { faults })).rejects.toMatchObject({ code: "ERR_DEADLOCK" });
});

test("runUnder leaves out faults that do not apply", async () => {
  const faults: Fault[] = [
    { kind: "cancel", task: 99, wait: 1, at: "end" },
    { kind: "jump", turn: 99, ms: 5 },
  ];
  expect(await runUnder(orderOf, { faults })).toBe("abc");
});

/** Schedules, cancellations and faults of the clock, as the guide has them. */
const schedules = fc.record({
  choices: fc.array(fc.nat(9)),
  faults: fc.array(
    fc.oneof(
      fc.record({
        kind: fc.constant("cancel" as const),
        task: fc.integer({ min: 1, max: 5 }),
        wait: fc.integer({ min: 1, max: 5 }),
        at: fc.constantFrom("start" as const, "end" as const),
      }),
      fc.record({
        kind: fc.constantFrom("jump" as const, "slow" as const),
        turn: fc.integer({ min: 1, max: 20 }),
        ms: fc.integer({ min: 1, max: 10_000 }),
      }),
    ),
    { maxLength: 2 },
  ),
});

test("fast-check finds a failing schedule by runUnder, and shrinks it", async () => {
  const program: Program<void> = function* () {
    let balance = 100;
    function* deposit() {
      yield* sleep(5);
      balance += 50;
    }
    function* withdraw() {
      yield* sleep(5);
      if (balance < 120) throw new Error("declined");
    }
    yield* gather(...[deposit(), withdraw(), sleep(5), sleep(5)].map((each) => createTask(each)));
  };
  const property = fc.asyncProperty(schedules, (schedule) => runUnder(program, schedule));
  const { failed, counterexample } = await fc.check(property, { seed: 42, numRuns: 200 });
  expect(failed).toBe(true);
  const [smallest] = counterexample ?? [];
  expect(smallest?.faults).toEqual([]);
  expect(smallest?.choices.filter((choice) => choice > 0)).toEqual([1]);
});
