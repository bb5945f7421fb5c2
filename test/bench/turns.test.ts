/** How contenders take turns. */
import { expect, test } from "vitest";
import { clockOf, clockStepMs } from "../../bench/measure/host.ts";
import { type Player, playRounds, QUICK, timedPlayer } from "../../bench/measure/turns.ts";

const WALL = { clock: clockOf("wall") };

const THREE_ROUNDS = { ...QUICK, roundsMin: 3, roundsMax: 3 };

function player(name: string, heard: string[], fails = false): Player {
  return {
    name,
    turn: async () => {
      heard.push(name);
      if (fails && heard.length > 3) throw new Error("no more");
      return { time: [heard.length] };
    },
  };
}

test("playRounds: everybody has one turn a round, and each round begins with another", async () => {
  const heard: string[] = [];
  const players = ["a", "b", "c"].map((name) => player(name, heard));
  const scores = await playRounds(players, { thoroughness: THREE_ROUNDS, onFailure: expect.unreachable });
  expect(heard.join("")).toBe("abcbcacab");
  expect(scores.get("a")?.get("time")).toEqual([[1], [6], [8]]);
});

test("playRounds: a player that fails is out, with the error; the others go on", async () => {
  const heard: string[] = [];
  const failures: string[] = [];
  const players = [player("a", heard), player("b", heard, true)];
  const scores = await playRounds(players, {
    thoroughness: THREE_ROUNDS,
    onFailure: (name, error) => failures.push(`${name}: ${(error as Error).message}`),
  });
  expect(failures).toHaveLength(1);
  expect(failures[0]).toBe("b: no more");
  expect([...scores.keys()]).toEqual(["a"]);
  expect(scores.get("a")?.get("time")).toHaveLength(3);
});

test("playRounds: fewer rounds where one uses up the time, but never fewer than the least", async () => {
  const slow: Player = {
    name: "slow",
    turn: async () => {
      await new Promise((resolve) => setTimeout(resolve, 30));
      return { time: [30] };
    },
  };
  const thoroughness = { ...QUICK, roundsMin: 2, roundsMax: 9, budgetMs: 10 };
  const scores = await playRounds([slow], { thoroughness, onFailure: expect.unreachable });
  expect(scores.get("slow")?.get("time")).toHaveLength(2);
});

test("timedPlayer: nanoseconds an operation, and only the part that counts", async () => {
  const side = {
    operations: 1000,
    run: async () => {
      await new Promise((resolve) => setTimeout(resolve, 3));
      return { countedMs: 2 };
    },
  };
  const { turn } = await timedPlayer("half", "time", side, {
    thoroughness: QUICK,
    ...WALL,
    clockStepMs: 0.001,
  });
  const { time } = await turn();
  expect(time?.length).toBeGreaterThan(0);
  for (const sample of time ?? []) expect(sample).toBeCloseTo(2000);
});

test("timedPlayer: on a coarse clock a sample has so many runs that it lasts fifty steps", async () => {
  let runs = 0;
  const side = {
    operations: 1,
    run: () => {
      runs++;
      return { countedMs: 1 };
    },
  };
  const thoroughness = { ...QUICK, samplesMax: 1, warmupsMax: 1 };
  const { turn } = await timedPlayer("short", "time", side, { thoroughness, ...WALL, clockStepMs: 1 });
  runs = 0;
  await turn();
  expect(runs).toBe(100);
});

test("timedPlayer: a run that fails fails the turn", async () => {
  let runs = 0;
  const side = {
    operations: 1,
    run: () => {
      if (++runs > 4) throw new Error("not done in full");
      return { countedMs: 1 };
    },
  };
  const making = timedPlayer("failing", "time", side, { thoroughness: QUICK, ...WALL, clockStepMs: 0.001 });
  await expect(making.then(({ turn }) => turn())).rejects.toThrow("not done in full");
});

test("clockStepMs: what Node's clock can tell apart is far below a millisecond", () => {
  expect(clockStepMs()).toBeGreaterThan(0);
  expect(clockStepMs()).toBeLessThan(0.1);
});

test("clockOf: the processor's stands still while nothing is done", async () => {
  const clock = clockOf("processor");
  const began = { cpuMs: clock(), wallMs: performance.now() };
  await new Promise((resolve) => setTimeout(resolve, 100));
  expect(performance.now() - began.wallMs).toBeGreaterThan(clock() - began.cpuMs);
  const busyUntilMs = clock() + 5;
  while (clock() < busyUntilMs);
  expect(clockStepMs(clock)).toBeLessThan(1);
});

test("timedPlayer: a whole run is timed by the clock that was asked for", async () => {
  let nowMs = 0;
  const side = {
    operations: 1000,
    run: () => {
      nowMs += 3;
    },
  };
  const timing = { thoroughness: QUICK, clock: () => nowMs, clockStepMs: 0.001 };
  const { turn } = await timedPlayer("whole", "time", side, timing);
  for (const sample of (await turn()).time ?? []) expect(sample).toBeCloseTo(3000);
});

test("timedPlayer: a player that takes too long for a single run is left out, and that is reported", async () => {
  const side = {
    operations: 1,
    run: () => new Promise<void>((resolve) => setTimeout(resolve, 60)),
  };
  const thoroughness = { ...QUICK, runMsMax: 50 };
  await expect(
    timedPlayer("slow", "time", side, { thoroughness, ...WALL, clockStepMs: clockStepMs() }),
  ).rejects.toThrow("left out, since one run takes");
});
