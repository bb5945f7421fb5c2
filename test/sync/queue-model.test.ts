/**
 * Queue against a naive model of it: random puts, gets and cancellations of both, and a shutdown at some point. The model
 * says who waits, who has got what and what is left; that has to be so after each round. A model with a planted fault has
 * to be told apart from it.
 */
import { describe, expect, it } from "vitest";
import {
  type Coroutine,
  createTask,
  Queue,
  QueueEmpty,
  QueueFull,
  QueueShutDown,
  sleep,
  type Task,
} from "wasyncio";
import { Random, seeds } from "../random.ts";
import { outcomeOf, trial } from "./trial.ts";

const ROUNDS = 400;
const MAXSIZE = 3;

type Outcome = string;

interface Waiter {
  readonly id: number;
  readonly item?: number;
}

/**
 * What a queue is to do, written for the state after all has settled: whoever can go on has gone on.
 * `fault` plants a mistake, for the canary.
 */
class Model {
  readonly items: number[] = [];
  getters: Waiter[] = [];
  putters: Waiter[] = [];
  readonly outcomes = new Map<number, Outcome>();
  unfinished = 0;
  #isShutDown = false;
  readonly #fault: boolean;

  constructor(fault: boolean) {
    this.#fault = fault;
  }

  put(id: number, item: number): void {
    if (this.#isShutDown) this.outcomes.set(id, "QueueShutDown ERR_QUEUE_SHUT_DOWN");
    else {
      this.putters.push({ id, item });
      this.#settle();
    }
  }

  get(id: number): void {
    if (this.#isShutDown && this.items.length === 0)
      this.outcomes.set(id, "QueueShutDown ERR_QUEUE_SHUT_DOWN");
    else {
      this.getters.push({ id });
      this.#settle();
    }
  }

  putNowait(item: number): Outcome {
    if (this.#isShutDown) return "QueueShutDown";
    if (this.items.length >= MAXSIZE) return "QueueFull";
    this.#add(item);
    this.#settle();
    return "done";
  }

  getNowait(): Outcome {
    if (this.items.length === 0) return this.#isShutDown ? "QueueShutDown" : "QueueEmpty";
    const item = this.items.shift();
    this.#settle();
    return `got ${item}`;
  }

  cancel(id: number): void {
    const waits = [...this.getters, ...this.putters].some((each) => each.id === id);
    if (!waits) return;
    this.getters = this.getters.filter((each) => each.id !== id);
    this.putters = this.putters.filter((each) => each.id !== id);
    this.outcomes.set(id, "CancelledError ERR_CANCELLED");
  }

  taskDone(): Outcome {
    if (this.unfinished === 0) return "too many";
    this.unfinished--;
    return "done";
  }

  shutdown(immediate: boolean): void {
    this.#isShutDown = true;
    if (immediate) {
      this.unfinished = Math.max(0, this.unfinished - this.items.length);
      this.items.length = 0;
    }
    for (const { id } of [...this.getters, ...this.putters])
      this.outcomes.set(id, "QueueShutDown ERR_QUEUE_SHUT_DOWN");
    this.getters = [];
    this.putters = [];
  }

  #add(item: number): void {
    this.items.push(item);
    this.unfinished++;
  }

  #settle(): void {
    for (;;) {
      const getter = this.items.length > 0 ? this.getters.shift() : undefined;
      const putter = this.items.length < MAXSIZE ? this.#nextPutter() : undefined;
      if (getter !== undefined) this.outcomes.set(getter.id, `returned ${this.items.shift()}`);
      if (putter !== undefined) {
        this.#add(putter.item as number);
        this.outcomes.set(putter.id, "returned undefined");
      }
      if (getter === undefined && putter === undefined) return;
    }
  }

  #nextPutter(): Waiter | undefined {
    return this.#fault ? this.putters.pop() : this.putters.shift();
  }
}

/** Runs the same random calls on a queue and on a model; answers the first difference, or null. */
function* compare(random: Random, fault: boolean): Coroutine<string | null> {
  const queue = new Queue<number>(MAXSIZE);
  const model = new Model(fault);
  const tasks: Task<string>[] = [];
  const shutdownAt = random.between(0, ROUNDS * 2);
  let nextItem = 0;

  const start = (body: Coroutine<unknown>) => {
    tasks.push(createTask(outcomeOf(body)));
    return tasks.length - 1;
  };
  const calls = [
    () => model.put(start(queue.put(nextItem)), nextItem++),
    () => model.get(start(queue.get())),
    () =>
      same(
        nowait(() => queue.putNowait(nextItem)),
        model.putNowait(nextItem++),
      ),
    () =>
      same(
        nowait(() => queue.getNowait()),
        model.getNowait(),
      ),
    () => {
      const id = random.between(0, tasks.length);
      tasks[id]?.cancel();
      model.cancel(id);
    },
    () => same(taskDone(queue), model.taskDone()),
  ];
  let difference: string | null = null;
  const same = (real: string, expected: string) => {
    if (real !== expected) difference ??= `${real}, and not ${expected}`;
  };

  for (let round = 0; round < ROUNDS && difference === null; round++) {
    if (round === shutdownAt) {
      const immediate = random.chance(0.5);
      queue.shutdown(immediate);
      model.shutdown(immediate);
    } else {
      random.pick(calls)();
    }
    for (let turn = 0; turn < 4; turn++) yield* sleep(0);
    const waiting = tasks.flatMap((task, id) => (task.done() ? [] : [id]));
    const expected = [...model.getters, ...model.putters].map(({ id }) => id).sort((a, b) => a - b);
    same(`waiting ${waiting}`, `waiting ${expected}`);
    same(`size ${queue.qsize()}`, `size ${model.items.length}`);
    for (const [id, outcome] of model.outcomes)
      if (tasks[id]?.done()) same(`${id} ${tasks[id].result()}`, `${id} ${outcome}`);
    if (difference !== null) difference = `round ${round}: ${difference}`;
  }
  queue.shutdown(true);
  for (const task of tasks) yield* task;
  return difference;
}

/**
 * Calls in bursts, with no turn in between, so that who is woken is cancelled, overtaken or shut out before it knows. Checks
 * after each burst that nobody waits who could go on, and that every item is in one place.
 */
function* burst(random: Random): Coroutine<void> {
  const queue = new Queue<number>(MAXSIZE);
  const putters = new Map<number, Task<string>>();
  const getters: Task<string>[] = [];
  const put: number[] = [];
  const got: number[] = [];
  let nextItem = 0;
  const calls = [
    () => {
      putters.set(nextItem, createTask(outcomeOf(queue.put(nextItem))));
      nextItem++;
    },
    () => getters.push(createTask(outcomeOf(queue.get()))),
    () => {
      if (nowait(() => queue.putNowait(nextItem)) === "done") put.push(nextItem);
      nextItem++;
    },
    () => {
      if (!queue.empty()) got.push(queue.getNowait());
    },
    () => {
      const tasks = [...putters.values(), ...getters].filter((task) => !task.done());
      if (tasks.length > 0) random.pick(tasks).cancel();
    },
  ];
  for (let round = 0; round < ROUNDS; round++) {
    for (let i = random.between(1, 5); i > 0; i--) random.pick(calls)();
    if (random.chance(0.7)) yield* sleep(0);
    if (random.chance(0.5)) continue;
    for (let turn = 0; turn < 4; turn++) yield* sleep(0);
    const getterWaits = getters.some((task) => !task.done());
    const putterWaits = [...putters.values()].some((task) => !task.done());
    expect({
      round,
      couldGet: getterWaits && !queue.empty(),
      couldPut: putterWaits && !queue.full(),
    }).toEqual({
      round,
      couldGet: false,
      couldPut: false,
    });
  }
  queue.shutdown();
  for (const task of [...putters.values(), ...getters]) if (!task.done()) yield* outcomeOf(task);
  while (!queue.empty()) got.push(queue.getNowait());
  const returned = (task: Task<string>) => task.result().startsWith("returned");
  for (const [item, task] of putters) if (!task.cancelled() && returned(task)) put.push(item);
  for (const task of getters)
    if (!task.cancelled() && returned(task)) got.push(Number(task.result().split(" ")[1]));
  expect(inOrder(got)).toEqual(inOrder(put));
}

function inOrder(numbers: readonly number[]): number[] {
  return [...numbers].sort((a, b) => a - b);
}

function nowait(call: () => unknown): string {
  try {
    const result = call();
    return result === undefined ? "done" : `got ${result}`;
  } catch (error) {
    if (error instanceof QueueEmpty || error instanceof QueueFull || error instanceof QueueShutDown)
      return error.name;
    throw error;
  }
}

function taskDone(queue: Queue<number>): string {
  try {
    queue.taskDone();
    return "done";
  } catch {
    return "too many";
  }
}

describe.each(seeds())("seed %i (repeat it by WASYNCIO_SEED)", (seed) => {
  it("Queue does what the model does, whatever is cancelled, and leaves nothing behind", () => {
    const random = new Random(seed);
    for (let i = 0; i < 10; i++) expect(trial(() => compare(random, false))).toBeNull();
  });

  it("Queue keeps nobody waiting in vain and no item twice or never, in bursts of calls", () => {
    const random = new Random(seed);
    for (let i = 0; i < 10; i++) trial(() => burst(random));
  });
});

it("the comparison sees a model that serves putters in the wrong order", () => {
  const random = new Random(1);
  const found = Array.from({ length: 5 }, () => trial(() => compare(random, true)));
  expect(found.some((difference) => difference !== null)).toBe(true);
});
