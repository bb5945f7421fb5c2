/**
 * Owns what is said of a loop that nothing will wake: what each task waits for, who holds the lock that it waits for, and the
 * circle that they wait in. All of it is found out when the error is made, from what futures, lines and locks hold anyway.
 */
import { DeadlockError } from "../core/errors.ts";
import type { Future } from "../core/future.ts";
import type { Scheduler } from "../core/scheduler.ts";
import type { Stepper } from "../core/stepper.ts";
import { pendingTasks, Task } from "../core/task.ts";
import { Waiter } from "../sync/line.ts";
import { Lock } from "../sync/lock.ts";
import { LoopBound } from "../sync/loop-bound.ts";

/** What one task waits for: in words, and the tasks on whose account. */
interface Wait {
  readonly words: string;
  readonly on: readonly Task<unknown>[];
}

/** What each pending task waits for. */
type Waits = ReadonlyMap<Task<unknown>, readonly Wait[]>;

/** The error for a loop whose tasks all wait. */
export function deadlockOf(scheduler: Scheduler): DeadlockError {
  const waits = waitsIn(scheduler);
  const circle = circleIn(waits);
  const lines = linesOf(waits);
  const list = lines.length === 0 ? "no task is pending" : ["still pending:", ...lines].join("\n  ");
  const hint = circle === undefined ? "" : `\n${inWords(circle)}`;
  return new DeadlockError(lines, `; ${list}${hint}`);
}

/** The tasks that are pending, and what each waits for, a line each. */
export function pendingInWords(scheduler: Scheduler): string[] {
  return linesOf(waitsIn(scheduler));
}

function waitsIn(scheduler: Scheduler): Waits {
  const places = new Places();
  return new Map(pendingTasks(scheduler).map((task) => [task, waitsOf(task, places)]));
}

function linesOf(waits: Waits): string[] {
  return [...waits].map(([task, on]) => {
    const words = on.map((wait) => wait.words);
    return `${task.getName()} (${task.coroutineName()}) waits for ${words.join(", and for ")}`;
  });
}

/** Tells apart the places of one kind at which tasks wait, by numbers in the order in which they are met. */
class Places {
  readonly #numbers = new Map<object, number>();
  readonly #counts = new Map<string, number>();

  name(place: object): string {
    const kind = place.constructor.name;
    let number = this.#numbers.get(place);
    if (number === undefined) {
      number = (this.#counts.get(kind) ?? 0) + 1;
      this.#counts.set(kind, number);
      this.#numbers.set(place, number);
    }
    return String(place).replace(`<${kind}`, `<${kind} #${number}`);
  }
}

function waitsOf(task: Task<unknown>, places: Places): Wait[] {
  const futures = task.hostedScope?.waits() ?? task.waitsFor;
  if (futures.length === 0) {
    const words =
      "a promise of its own, which the loop cannot see: if it may still come, await adopt(promise)";
    return [{ words, on: [] }];
  }
  return futures.map((future) => waitFor(future, places));
}

function waitFor(future: Future<unknown> | undefined, places: Places): Wait {
  if (future === undefined) return { words: "its next step", on: [] };
  if (future instanceof Task) return { words: nameOf(future), on: [future] };
  if (future.done()) return { words: "its next step", on: [] };
  // What a pending future stands for.
  const subject = future.value;
  if (subject instanceof Waiter) return waitInLine(subject, places);
  if (subject instanceof LoopBound) {
    return { words: `${subject.constructor.name}.wait at ${places.name(subject)}`, on: [] };
  }
  if (Array.isArray(subject) || subject instanceof Set) {
    const parts = [...(subject as Iterable<Future<unknown>>)].filter((part) => part.pending());
    if (parts.length === 0) return { words: "its next step", on: [] };
    const waits = parts.map((part) => waitFor(part, places));
    return { words: waits.map((wait) => wait.words).join(" and "), on: waits.flatMap((wait) => wait.on) };
  }
  return { words: String(future), on: [] };
}

function waitInLine({ name, place }: Waiter<unknown>, places: Places): Wait {
  const words = `${name} at ${places.name(place)}`;
  if (!(place instanceof Lock) || place.holder === undefined) return { words, on: [] };
  const task = (place.holder as Partial<Stepper<unknown>>).task as Task<unknown> | undefined;
  if (!(task instanceof Task)) return { words: `${words}, which was taken outside of any task`, on: [] };
  if (task.done())
    return { words: `${words}, which ${nameOf(task)} took and had not released when it ended`, on: [] };
  return { words: `${words}, which ${nameOf(task)} holds`, on: [task] };
}

function nameOf(task: Task<unknown>): string {
  return `the task '${task.getName()}'`;
}

/** Tasks of which each waits for the next, and the last for the first. */
function circleIn(waits: Waits): Task<unknown>[] | undefined {
  const visited = new Set<Task<unknown>>();
  const path: Task<unknown>[] = [];
  const walk = (task: Task<unknown>): Task<unknown>[] | undefined => {
    const at = path.indexOf(task);
    if (at !== -1) return path.slice(at);
    if (visited.has(task)) return undefined;
    visited.add(task);
    path.push(task);
    for (const next of (waits.get(task) ?? []).flatMap((wait) => wait.on)) {
      const circle = walk(next);
      if (circle !== undefined) return circle;
    }
    path.pop();
    return undefined;
  };
  for (const task of waits.keys()) {
    const circle = walk(task);
    if (circle !== undefined) return circle;
  }
  return undefined;
}

function inWords(circle: readonly Task<unknown>[]): string {
  const names = circle.map((task) => `'${task.getName()}'`);
  const [first, ...others] = names;
  if (others.length === 0) return `${first} waits for itself`;
  return `they wait in a circle: ${first} waits for ${[...others, first].join(", which waits for ")}`;
}
