/**
 * Owns the virtual clock: time that passes only when there is nothing to do, straight to the next deadline, or as far as
 * `advance` says. It stands between the loops that were given it and their hosts, and knows of both only the interfaces.
 *
 * A jump is made in a macrotask of its own, when every loop that runs on the clock is asleep: what is ready at the host has
 * its turn before.
 */
import { checkFinite, wrongArgument } from "../core/checks.ts";
import { checkHost } from "../core/hosts.ts";
import { runningScheduler } from "../core/running.ts";
import type { Scheduler } from "../core/scheduler.ts";
import { pendingTasks } from "../core/task.ts";
import { KIND_CHANNEL } from "../core/wasm.ts";
import type { Clock, Host, HostTimer, IdleLoop } from "../host/host.ts";
import { Advance } from "./advance.ts";
import {
  checkDurationMs,
  DEADLOCK_AFTER_MS,
  readClockOptions,
  type VirtualClockOptions,
} from "./clock-options.ts";
import { deadlockOf } from "./deadlock.ts";
import { DrivenTimers, type FakeTimers } from "./driven-timers.ts";

const NEVER = Number.POSITIVE_INFINITY;
/** How often fake timers are looked at for new ones, which they do not tell of. */
const LOOK_AGAIN_MS = 5;

/** A wake at a time. */
interface Alarm {
  readonly deadlineMs: number;
  readonly wake: () => void;
}

/** A loop and its host, as the clock sees them. */
class View {
  readonly host: Host;
  /** How many wakes were asked for and are still to come. */
  wakes = 0;
  /** The loop, once it has had nothing to run. */
  loop: IdleLoop | undefined = undefined;

  constructor(host: Host) {
    this.host = host;
  }

  /** Whether there is nothing to run before something happens. */
  get isIdle(): boolean {
    return this.wakes === 0 && this.loop?.asleep === true;
  }
}

/**
 * A clock for tests and simulations. A loop that is given one never waits for a timer: when nothing is ready, the clock
 * jumps to the next deadline. Everything that was ready at the host gets its turn before a jump.
 *
 * A program in which nothing can go on is told so: `run` is rejected with a DeadlockError that says what each task waits for.
 *
 * @example
 * ```ts
 * const clock = new VirtualClock();
 * runSync(function* () { yield* sleep(60_000); }, { clock }); // at once
 * clock.time(); // 60000
 * ```
 */
export class VirtualClock implements Clock {
  #nowMs: number;
  readonly #autojump: boolean;
  readonly #autojumpAfterMs: number;
  readonly #deadlockAfterMs: number;
  /** The loops that are in a run. */
  readonly #running = new Set<View>();
  readonly #alarms = new Set<Alarm>();
  /** What `advance` was asked for, the nearest first. */
  readonly #advances: Advance[] = [];
  /** Fake timers that keep time along with it. */
  #driven: DrivenTimers | undefined = undefined;
  /** Counts what happens: whatever was to be done if nothing does is out of date when it has changed. */
  #events = 0;
  /** The count at which a look is on its way. */
  #lookAt = -1;
  /** The real time in which nothing is to happen. */
  #patience: HostTimer | undefined = undefined;

  /**
   * @param startMs - the time it starts at, in milliseconds; or an object of options.
   * @throws ArgumentError ERR_ARGUMENT_TYPE or ERR_ARGUMENT_VALUE if a time is not a finite number, or a threshold is below 0.
   */
  constructor(startMs?: number);
  constructor(options?: VirtualClockOptions);
  constructor(start?: number | VirtualClockOptions) {
    const options = readClockOptions("VirtualClock", typeof start === "number" ? { startMs: start } : start);
    this.#nowMs = options.startMs;
    this.#autojump = options.autojump;
    this.#autojumpAfterMs = options.autojumpAfterMs;
    this.#deadlockAfterMs = options.deadlockAfterMs;
  }

  /** The clock's time, in milliseconds. */
  time(): number {
    return this.#driven === undefined ? this.#nowMs : this.#nowMs + this.#driven.underWayMs;
  }

  /**
   * Moves the clock, and has the loops on it run whatever becomes due on the way, each thing at its own time: a task that
   * sleeps for 10 ms again and again wakes ten times within 100 ms. It is for clocks that do not jump by themselves; one that
   * does is there when as much of its time has passed. A clock that no running loop is on is there at once.
   *
   * @param ms - by how many milliseconds; with 0 what is ready runs.
   * @returns what to wait for, by `await` anywhere or by `yield*` in a coroutine: the time has come, and nothing is left to
   * run before a later one. The clock moves whether anyone waits or not, except under `runSync`.
   * @throws ArgumentError ERR_ARGUMENT_TYPE or ERR_ARGUMENT_VALUE if it is not a finite number, 0 or more.
   *
   * @example
   * ```ts
   * const clock = new VirtualClock({ autojump: false });
   * const running = run(program, { clock });
   * await clock.advance(1000);
   * ```
   */
  advance(ms: number): Advance {
    return this.#moveTo(this.time() + checkDurationMs("advance", "a duration", ms));
  }

  /**
   * As `advance`, to a time of the clock.
   * @param timeMs - the time, in milliseconds, as `time` has it.
   * @throws ArgumentError ERR_ARGUMENT_TYPE or ERR_ARGUMENT_VALUE if it is not a finite number, or has passed.
   */
  advanceTo(timeMs: number): Advance {
    const needs = `a time in milliseconds that has not passed, since it is ${this.time()}`;
    if (checkFinite("advanceTo", needs, timeMs) < this.time())
      throw wrongArgument("advanceTo", needs, timeMs, "ERR_ARGUMENT_VALUE");
    return this.#moveTo(timeMs);
  }

  #moveTo(targetMs: number): Advance {
    const advance = new Advance(targetMs, () => targetMs - this.time());
    const [view] = this.#running;
    if (view !== undefined) {
      const later = this.#advances.findIndex((other) => other.targetMs > targetMs);
      this.#advances.splice(later === -1 ? this.#advances.length : later, 0, advance);
      this.#happened();
      this.#lookSoon(view.host);
    } else if (runningScheduler()?.synchronous !== true) {
      this.#skipTo(targetMs);
      advance.arrived();
    }
    return advance;
  }

  /**
   * Has the fake timers of a test library keep time with this clock: `Date.now()` and `performance.now()` move along, and what the code
   * under test has set with `setTimeout` comes between the deadlines of the loops, at its own time. The clock goes from one to
   * the next while a loop is in a run.
   *
   * @param timers - `vi` after `vi.useFakeTimers()`, `jest` likewise, or a clock of `@sinonjs/fake-timers`, with `Date` and
   * `setTimeout` faked. `wasyncio/testing/fake-timers` installs such a clock.
   * @returns a function that lets them go; before others are driven it has to be called.
   * @throws ArgumentError ERR_ARGUMENT_TYPE for what is none, ERR_ARGUMENT_VALUE while others are driven, or if `setTimeout` is not faked.
   *
   * @example
   * ```ts
   * vi.useFakeTimers();
   * const clock = new VirtualClock();
   * const letGo = clock.drive(vi);
   * ```
   */
  drive(timers: FakeTimers): () => void {
    const driven = new DrivenTimers(timers);
    if (this.#driven !== undefined) {
      const needs = "to let go of the fake timers that it drives, by what drive() has returned, before it";
      throw wrongArgument("drive", needs, timers, "ERR_ARGUMENT_VALUE");
    }
    this.#driven = driven;
    return () => {
      if (this.#driven === driven) this.#driven = undefined;
    };
  }

  /** The host as a loop on this clock sees it. @throws ArgumentError ERR_ARGUMENT_TYPE if it is not a host. */
  attach(host: Host): Host {
    checkHost("attach", host);
    const view = new View(host);
    const virtual: Host = Object.create(host, {
      name: { value: `${host.name}, virtual clock` },
      now: { value: () => this.time() },
      skipTo: { value: (deadlineMs: number) => this.#skipTo(deadlineMs) },
      // Called on the host itself, which may have private fields.
      wakeSoon: { value: (wake: () => void) => this.#wakeSoon(view, wake) },
      wakeAt: { value: (deadlineMs: number, wake: () => void) => this.#wakeAt(view, deadlineMs, wake) },
      keepAlive: { value: (on: boolean) => this.#keepAlive(view, on) },
      writeError: { value: (text: string) => host.writeError(text) },
      real: { value: host },
      idle: { value: (loop: IdleLoop) => this.#idle(view, loop) },
      deadlock: { value: (loop: IdleLoop) => deadlockOf(loop as Scheduler) },
    });
    return virtual;
  }

  // ── What loops tell ───────────────────────────────────────────────────────────────────────────────────────────

  #wakeSoon(view: View, wake: () => void): void {
    view.host.wakeSoon(() => {
      view.wakes--;
      this.#happened();
      wake();
      if (view.isIdle) this.#lookSoon(view.host);
    });
    view.wakes++;
    this.#happened();
  }

  #wakeAt(view: View, deadlineMs: number, wake: () => void): HostTimer {
    const alarm = { deadlineMs, wake };
    this.#alarms.add(alarm);
    this.#lookSoon(view.host);
    return {
      cancel: () => {
        if (this.#alarms.delete(alarm)) this.#happened();
      },
    };
  }

  #idle(view: View, loop: IdleLoop): void {
    view.loop = loop;
    if (this.#patience !== undefined) this.#happened();
    this.#lookSoon(view.host);
  }

  /** A run begins, or has ended. */
  #keepAlive(view: View, on: boolean): void {
    view.host.keepAlive(on);
    this.#happened();
    if (on) this.#running.add(view);
    else if (this.#running.delete(view) && (this.#running.size > 0 || this.#advances.length > 0))
      this.#lookSoon(view.host);
  }

  // ── Looking for what to do ────────────────────────────────────────────────────────────────────────────────────

  /** Something has happened. */
  #happened(): void {
    this.#events++;
    this.#patience?.cancel();
    this.#patience = undefined;
  }

  /** Looks, in a macrotask of its own, whether there is nothing left to run. */
  #lookSoon(host: Host): void {
    const at = this.#events;
    if (this.#lookAt === at) return;
    this.#lookAt = at;
    host.wakeSoon(() => {
      if (at === this.#events) this.#look(host);
    });
  }

  #look(host: Host): void {
    for (const view of this.#running) if (!view.isIdle) return;
    if (!this.#mayMove()) this.#watchForDeadlock(host);
    else if (this.#autojumpAfterMs === 0) this.#move(host);
    else this.#bePatient(host, this.#autojumpAfterMs, () => this.#move(host));
  }

  /** Whether there is a time to move to. */
  #mayMove(): boolean {
    return this.#advances.length > 0 || this.#nextAlarm() !== undefined || this.#mayGoToTimers;
  }

  /** The first alarm that the clock may go to by itself. */
  #nextAlarm(): Alarm | undefined {
    let next: Alarm | undefined;
    const limitMs = this.#autojump ? NEVER : (this.#advances.at(-1)?.targetMs ?? this.#nowMs);
    for (const alarm of this.#alarms)
      if (alarm.deadlineMs <= limitMs && (next === undefined || alarm.deadlineMs < next.deadlineMs))
        next = alarm;
    return next;
  }

  /** Whether it may go by itself to what the fake timers have. */
  get #mayGoToTimers(): boolean {
    return this.#autojump && this.#running.size > 0 && this.#driven?.isAnySet === true;
  }

  /** Goes to the next deadline, event or end of an `advance`, whatever comes first. */
  #move(host: Host): void {
    const alarm = this.#nextAlarm();
    const [advance] = this.#advances;
    const nextMs = Math.min(alarm?.deadlineMs ?? NEVER, advance?.targetMs ?? NEVER);
    let isThere = false;
    try {
      isThere = this.#step(nextMs);
    } finally {
      // Whatever a fake timer's callback throws, the clock goes on.
      this.#happened();
      this.#lookSoon(host);
    }
    if (isThere && alarm !== undefined && alarm.deadlineMs <= nextMs) {
      this.#alarms.delete(alarm);
      alarm.wake();
    } else if (isThere && advance !== undefined) {
      this.#advances.shift();
      advance.arrived();
    }
  }

  /** Moves to a time, or only to the first of the fake timers if that comes earlier. @returns whether it is there. */
  #step(timeMs: number): boolean {
    const byMs = Math.max(0, timeMs - this.#nowMs);
    const movedMs = this.#driven === undefined ? byMs : this.#driven.moveBy(byMs);
    const isThere = movedMs >= byMs;
    if (!isThere) this.#nowMs += movedMs;
    else if (timeMs > this.#nowMs) this.#nowMs = timeMs;
    return isThere;
  }

  /** Moves to a time on the caller's stack. */
  #skipTo(timeMs: number): void {
    while (!this.#step(timeMs)) {}
  }

  // ── When nothing is left to do ────────────────────────────────────────────────────────────────────────────────

  /** @param leftMs - how long nothing must still happen, in real time. */
  #watchForDeadlock(host: Host, leftMs = this.#deadlockAfterMs): void {
    if (this.#running.size === 0 || this.#mustWait) return;
    if (leftMs === NEVER && this.#driven === undefined) return;
    const loops = [...this.#running].map((view) => view.loop as Scheduler);
    if (leftMs <= 0 && !loops.some(expectsHost)) {
      for (const loop of loops) if (pendingTasks(loop).length > 0) loop.interrupt(deadlockOf(loop));
      return;
    }
    // What is expected of the host may end without waking a loop, and fake timers may be set.
    const againMs = this.#driven === undefined ? DEADLOCK_AFTER_MS : LOOK_AGAIN_MS;
    const waitMs = leftMs <= 0 ? againMs : Math.min(leftMs, againMs);
    this.#bePatient(host, waitMs, () => {
      if (this.#mayMove()) this.#look(host);
      else this.#watchForDeadlock(host, leftMs - waitMs);
    });
  }

  /** Whether something is set that comes only when `advance` says so. */
  get #mustWait(): boolean {
    return this.#alarms.size > 0 || (this.#driven?.isAnySet === true && !this.#autojump);
  }

  /** Does it if nothing happens for so long in real time. */
  #bePatient(host: Host, realMs: number, act: () => void): void {
    const at = this.#events;
    const actUnlessOver = () => {
      if (at === this.#events) act();
    };
    this.#patience = host.wakeAt(host.now() + realMs, () => {
      this.#patience = undefined;
      // What has come meanwhile goes first, where the process stood still itself.
      host.wakeSoon(actUnlessOver);
    });
  }
}

/** Whether anything known may still come from the host: by a socket, a promise that was adopted, a call in an executor. */
function expectsHost({ expected, calls, network }: Scheduler): boolean {
  // What comes in a network of the loop's own is brought on by the loop's timers.
  return expected > 0 || (network === undefined && calls.slotsLive(KIND_CHANNEL) > 0);
}
