/** Schedules as lists of departures, as tokens and as text; and the numbers that everything follows from. */
import { describe, expect, test } from "vitest";
import { createTask, gather, sleep } from "wasyncio";
import { type Program, type Schedule, SeededRandom } from "wasyncio/testing";
import { departuresOf } from "../../src/testing/schedule.ts";
import { shrunk } from "../../src/testing/shrink.ts";
import { readToken, tokenOf } from "../../src/testing/token.ts";
import { seeds } from "../random.ts";
import { failureOf } from "./failing.ts";

describe.each(seeds())("seed %i", (seed) => {
  test("departuresOf leads from the loop's own order to the given one, with the fewest moves", () => {
    const random = new SeededRandom(seed);
    for (let i = 0; i < 300; i++) {
      const size = 2 + random.below(6);
      const order = random.shuffle(Array.from({ length: size }, (_, index) => index));
      const places = order.map((_, index) => 3 * index + 1);
      const departures = departuresOf({ turn: 7, places, order });
      const moved = places.map((_, index) => index);
      for (const { turn, from, to } of departures) {
        expect(turn).toBe(7);
        const [index] = moved.splice(places.indexOf(from), 1);
        moved.splice(places.indexOf(to), 0, index as number);
      }
      expect(moved).toEqual(order);
      expect(departures.length).toBeLessThanOrEqual(size - longestRise(order));
    }
  });

  test("a token says what it was made of", () => {
    const random = new SeededRandom(seed);
    for (let i = 0; i < 100; i++) {
      const turns = Array.from({ length: random.below(5) }, () => 1 + random.below(1000)).sort(
        (a, b) => a - b,
      );
      const schedule: Schedule = {
        seed: random.bits(),
        departures: turns.map((turn) => ({ turn, from: random.below(50), to: random.below(50) })),
        faults: [
          { kind: "cancel", task: 1 + random.below(9), wait: 1 + random.below(99), at: "start" },
          { kind: "cancel", task: 1 + random.below(9), wait: 1 + random.below(99), at: "end" },
          { kind: "jump", turn: random.below(99), ms: random.below(10 ** 8) },
          { kind: "slow", turn: random.below(99), ms: random.below(1000) },
        ].slice(random.below(5)) as Schedule["faults"],
      };
      const told = { program: random.bits(), run: random.bits(), schedule };
      const token = tokenOf(told);
      expect(token).toMatch(/^[\w.-]+$/);
      expect(readToken("test", token)).toEqual(told);
    }
  });

  test("shrunk leaves only what is needed", async () => {
    const random = new SeededRandom(seed);
    for (let i = 0; i < 20; i++) {
      const departures = Array.from({ length: 1 + random.below(60) }, (_, turn) => ({
        turn,
        from: 1,
        to: 0,
      }));
      const needed = departures.filter(() => random.below(20) === 0);
      const fails = async (schedule: Schedule) =>
        needed.every((each) => schedule.departures.includes(each)) ? schedule : undefined;
      const smallest = await shrunk({ seed: 1, departures, faults: [] }, fails, 10_000);
      expect(smallest.departures).toEqual(needed);
    }
  });
});

/** By trying all of them. */
function longestRise(order: readonly number[], after = -1): number {
  let longest = 0;
  for (const [i, index] of order.entries())
    if (index > after) longest = Math.max(longest, 1 + longestRise(order.slice(i + 1), index));
  return longest;
}

test("SeededRandom draws the same numbers for ever", () => {
  const random = new SeededRandom(42);
  const numbers = [random.bits(), random.bits(), random.below(1000), random.next(), random.stream(1).bits()];
  expect(numbers).toEqual([4104609267, 1410562010, 414, 0.41107515105977654, 958859599]);
  const [low, high] = [new SeededRandom(-1), new SeededRandom(2 ** 32 - 1)];
  expect(low.bits()).toBe(high.bits());
});

test("SeededRandom spreads its numbers evenly", () => {
  const random = new SeededRandom(1);
  const counts = new Array<number>(10).fill(0);
  for (let i = 0; i < 10_000; i++) counts[random.below(10)]++;
  for (const count of counts) expect(Math.abs(count - 1000)).toBeLessThan(150);
  expect(random.pick([])).toBeUndefined();
});

test("the message of a failure says what happened, and how to repeat it", async () => {
  const program: Program<void> = function* () {
    let first = "";
    function* runner(name: string) {
      yield* sleep(5);
      first ||= name;
    }
    yield* gather(...["hare", "tortoise"].map((name) => createTask(runner(name), { name })));
    if (first !== "hare") throw new Error(`${first} was first`);
  };
  const { message, token } = await failureOf(program, { strategy: "exhaustive" });
  expect(
    message,
  ).toBe(`run 2 of seed 1 failed, with 1 departure from the loop's own order: Error: tortoise was first

  turn 1, 0 ms: main
* turn 2, 0 ms: tortoise, hare
                instead of hare, tortoise
  turn 3, 5 ms: timer sleep(5), timer sleep(5)
  turn 4, 5 ms: tortoise, hare
  turn 6, 5 ms: main

to repeat it: await replay(program, "${token}")
or in the options of an explored test: replay: "${token}"`);
});
