/**
 * Owns what is free in a turn: which entries of a batch may change places, and which keep their order. Knows nothing of who
 * chooses among the orders.
 *
 * Free are the steps of tasks among themselves, timers of equal deadline, and I/O completions. Everything else keeps its
 * place: callbacks, which programs rely on in the order in which they asked for them. Of the steps, those that a fair line has
 * woken keep the order of the line, and those of one task's strands keep theirs.
 */
import type { Future } from "../core/future.ts";
import { TimerHandle } from "../core/handle.ts";
import { Stepper } from "../core/stepper.ts";
import type { Core, Runnable } from "../core/wasm.ts";
import { Channel } from "../io/channel.ts";
import { Event } from "../sync/event.ts";
import { watchLines } from "../sync/line.ts";

/** The fair lines, by what waits in them. Whoever waits for an event does not stand in line. */
const lines = new WeakMap<Future<unknown>, object>();
let watchers = 0;

/** Has it known what waits in which line, or no more. */
export function knowLines(on: boolean): void {
  watchers += on ? 1 : -1;
  watchLines(watchers === 0 ? undefined : noteLine);
}

function noteLine(future: Future<unknown>, line: object, place: object): void {
  if (!(place instanceof Event)) lines.set(future, line);
}

/** Entries of a batch that may change places with one another. */
export class Group {
  readonly kind: "step" | "timer" | "io";
  /** The entries, in the order in which they became ready. */
  readonly members: Runnable[] = [];
  /** For each of them, whose it is: the task, or itself. */
  readonly owners: object[] = [];
  /** Where they stand in the batch, in ascending order. */
  readonly places: number[] = [];
  /** The order in which they run, as indices of members. */
  order: number[] = [];
  /** For each member, what it shares with those whose order it keeps; undefined if there are none such. */
  private chains: (readonly object[])[] | undefined;

  constructor(kind: Group["kind"]) {
    this.kind = kind;
  }

  get size(): number {
    return this.members.length;
  }

  add(member: Runnable, place: number, chain?: readonly object[]): void {
    this.order.push(this.members.length);
    this.members.push(member);
    this.owners.push(ownerOf(member));
    this.places.push(place);
    if (chain === undefined && this.chains === undefined) return;
    this.chains ??= this.members.slice(1).map(() => []);
    this.chains.push(chain ?? []);
  }

  /** Whether two members have to keep their order. */
  areChained(one: number, other: number): boolean {
    const chain = this.chains?.[one];
    const otherChain = this.chains?.[other];
    return chain !== undefined && otherChain !== undefined && chain.some((each) => otherChain.includes(each));
  }

  /** Whether it makes no difference which of two members runs first: sleeps only wake their tasks, whose steps are free again. */
  commute(one: number, other: number): boolean {
    return isSleep(this.members[one]) && isSleep(this.members[other]);
  }

  /** Whether every order of it is equivalent. */
  get isIndifferent(): boolean {
    return this.size < 2 || (this.kind === "timer" && this.members.every(isSleep));
  }

  /** Moves what runs at one position to another. Returns whether it may. */
  move(from: number, to: number): boolean {
    const { order } = this;
    const index = order[from];
    if (index === undefined || to < 0 || to >= order.length || from === to) return false;
    const [low, high] = from < to ? [from + 1, to] : [to, from - 1];
    for (let i = low; i <= high; i++) if (this.areChained(index, order[i] as number)) return false;
    order.splice(from, 1);
    order.splice(to, 0, index);
    return true;
  }

  /** Has those run in order whose order must be kept: each comes after those of its chains. */
  keepChains(): void {
    if (this.chains === undefined) return;
    const placed = new Set<number>();
    const place = (index: number) => {
      if (placed.has(index)) return;
      for (let earlier = 0; earlier < index; earlier++) if (this.areChained(earlier, index)) place(earlier);
      placed.add(index);
    };
    for (const index of this.order) place(index);
    this.order = [...placed];
  }

  get isChanged(): boolean {
    const { order } = this;
    for (let i = 0; i < order.length; i++) if (order[i] !== i) return true;
    return false;
  }

  /** Puts the batch into this order. */
  apply(batch: number[]): void {
    const slots = this.places.map((place) => batch[place] as number);
    for (let i = 0; i < slots.length; i++)
      batch[this.places[i] as number] = slots[this.order[i] as number] as number;
  }
}

/** Whether an entry is the step of a task, and not a callback that has taken over the slot of one. */
export function isStep(entry: Runnable | undefined): entry is Stepper<unknown> & Runnable {
  return entry instanceof Stepper && entry.pending();
}

/** The task whose step it is; anything else belongs to nobody. */
export function ownerOf(entry: Runnable): object {
  return isStep(entry) ? ((entry.task as object | undefined) ?? entry) : entry;
}

function isSleep(entry: Runnable | undefined): boolean {
  return entry instanceof TimerHandle && entry.isOfSleep;
}

/** What of a batch may change places. */
export function groupsOf(core: Core, count: number): Group[] {
  let steps: Group | undefined;
  let io: Group | undefined;
  let timers: Map<number, Group> | undefined;
  for (let place = 0; place < count; place++) {
    const entry = core.objectAt(core.batch[place] as number);
    if (isStep(entry)) {
      steps ??= new Group("step");
      steps.add(entry, place, chainsOf(entry));
    } else if (entry instanceof TimerHandle) {
      timers ??= new Map();
      const whenMs = entry.when();
      const group = timers.get(whenMs) ?? new Group("timer");
      timers.set(whenMs, group);
      group.add(entry, place);
    } else if (entry instanceof Channel) {
      io ??= new Group("io");
      io.add(entry, place);
    }
  }
  const groups = [steps, ...(timers?.values() ?? []), io];
  return groups.filter((group): group is Group => group !== undefined && group.size > 1);
}

function chainsOf(stepper: Stepper<unknown>): object[] | undefined {
  const line = stepper.awaited === undefined ? undefined : lines.get(stepper.awaited);
  const task = stepper.scopeOfStrand === undefined ? undefined : (stepper.task as object | undefined);
  if (line === undefined) return task === undefined ? undefined : [task];
  return task === undefined ? [line] : [line, task];
}
