/**
 * Every structure of the core beside its naive model, under random operations. Each table of weights puts one structure
 * in the foreground; the last one mixes them all, since they share slots and the ready ring.
 */
import { describe, expect, test } from "vitest";
import { Random, seeds } from "../../random.ts";
import { Lockstep, type Weights } from "./lockstep.ts";

const handles: Weights = { handleQueue: 40, turn: 2, turnPartly: 2 };
const timers: Weights = { timerStart: 30, timerCancel: 12, turn: 4, turnPartly: 1 };
const futures: Weights = {
  futureOpen: 20,
  callbackAdd: 30,
  callbackRemove: 10,
  futureSettle: 6,
  futureDrop: 6,
  turn: 3,
  turnPartly: 3,
};
const tasks: Weights = {
  taskStart: 8,
  taskStartEager: 4,
  taskCancel: 12,
  taskUncancel: 5,
  taskEndOutside: 2,
  futureOpen: 4,
  futureSettle: 3,
  callbackAdd: 3,
  turn: 8,
  turnPartly: 4,
};
const channels: Weights = {
  channelOpen: 8,
  channelWant: 20,
  channelReady: 20,
  channelClose: 3,
  turn: 5,
  turnPartly: 3,
};
const everything: Weights = {
  ...handles,
  ...timers,
  ...futures,
  ...tasks,
  ...channels,
  turn: 20,
  turnPartly: 10,
};

const OPERATIONS = 1500;
const CHECK_EVERY = 50;

describe.each(seeds())("seed %i (repeat it by WASYNCIO_SEED)", (seed) => {
  test.each(Object.entries({ handles, timers, futures, tasks, channels, everything }))(
    "%s: the core does what the model does, and gives every slot back",
    (_name, weights) => {
      const lockstep = new Lockstep(new Random(seed), weights);
      lockstep.run(OPERATIONS, CHECK_EVERY);
      lockstep.drain();
      expect(lockstep.liveMax).toBeGreaterThan(20);
    },
  );
});

describe("the comparison itself", () => {
  // Each fault is one that a change in the core could bring; the comparison has to see it.
  test("sees a timer that the core does not have", () => {
    const lockstep = new Lockstep(new Random(1), timers);
    lockstep.run(100, 10);
    lockstep.model.timerStart(-1);
    expect(() => lockstep.compare()).toThrow();
  });

  test("sees two callbacks in the wrong order", () => {
    const lockstep = new Lockstep(new Random(1), futures);
    for (let i = 0; i < 2; i++) lockstep.do("handleQueue");
    lockstep.model.ready.reverse();
    expect(() => lockstep.do("turn")).toThrow();
  });

  test("sees a slot that did not come back", () => {
    const lockstep = new Lockstep(new Random(1), handles);
    lockstep.core.calls.futureOpen(0);
    expect(() => lockstep.compare()).toThrow();
  });
});
