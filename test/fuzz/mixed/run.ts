// Runs one mixed program from its beginning to its end, and judges it.
//
// Owns the run: the clock, the watch for a program that comes to no end, and what is looked at when all is over. Must not
// know ops. It is the same wherever it runs; the host is whoever imports the package.

import { allTasks, Context, DeadlockError, type EventLoop, type Host, Interrupt, Runner } from "wasyncio";
import { VirtualClock } from "wasyncio/testing";
import { World } from "./interpreter.ts";
import { Ledger } from "./ledger.ts";
import type { MixedProgram } from "./program.ts";
import { macrotask } from "./surroundings.ts";

export interface Verdict {
  readonly violations: readonly string[];
  readonly trace: readonly string[];
  /** Whether the trace has to be the same on every host, with async context or without. */
  readonly isSameEverywhere: boolean;
}

export interface RunMixedOptions {
  /** Makes the host; the one that the package was imported in unless given. */
  readonly host?: (() => Host) | undefined;
  /** Whether the host tells whose code runs after a foreign `await`. */
  readonly hasAsyncContext: boolean;
  /** Has the loop run its batches in another order than its own. */
  readonly reorder?: ((loop: EventLoop, program: MixedProgram) => void) | undefined;
}

/** Macrotasks in which nothing happens, until it is clear that nothing ever will. */
const IDLE_ROUNDS = 3;
const ROUNDS_MAX = 20_000;
const REAL_TIME_MAX_MS = 10_000;
/** The kind of slots that have to be free at the end: those of tasks and strands. */
const KIND_TASK = 3;

export async function runMixed(program: MixedProgram, options: RunMixedOptions): Promise<Verdict> {
  const { hasAsyncContext } = options;
  const host = options.host?.();
  const runner = new Runner({ clock: new VirtualClock(), ...(host === undefined ? {} : { host }) });
  const loop = runner.getLoop();
  options.reorder?.(loop, program);
  const ledger = new Ledger(hasAsyncContext, () => loop.time());
  const world = new World(loop, program, ledger);
  loop.setExceptionHandler((_loop, { exception }) => {
    if (exception instanceof TypeError || exception instanceof ReferenceError)
      ledger.violated(`reported: ${exception.stack}`);
  });
  const slotsAtEnd = watchSlots(loop, world);
  const work = ledger.work(false);
  const main = world.startable(work, program.style, program.main);
  const run = runner.run(main, { context: new Context() });
  const error = await untilOver(world, run, "the run");
  if (world.mustBeInterrupted && !(error instanceof Interrupt))
    ledger.violated(`the run was not interrupted, but gave ${error}`);
  ledger.isEnding = true;
  const closing = await untilOver(world, runner.close(), "its close");
  world.runEnded();
  // As on CPython: an interrupt that is passed on by who waits for its task ends the clean-up as well.
  if (!(closing instanceof Interrupt)) await judgeEnd(world, slotsAtEnd);
  return { violations: ledger.violations, trace: world.trace, isSameEverywhere: !ledger.hasGoneBeside };
}

/** Whatever has begun has ended, once, and as it had to. */
async function judgeEnd(world: World, slotsAtEnd: readonly string[]): Promise<void> {
  const { ledger } = world;
  if (slotsAtEnd.length > 0) ledger.violated(`slots left at the end: ${slotsAtEnd.join(", ")}`);
  world.settleAll();
  for (let round = 0; round < IDLE_ROUNDS || (world.foreign > 0 && round < ROUNDS_MAX); round++)
    await macrotask();
  for (const { id, ends } of world.frames) {
    if (ends !== 1) ledger.violated(`body ${id} ended ${ends} times: its finally did`);
  }
  for (const { index, mustBeCancelled, real } of ledger.works) {
    if (mustBeCancelled && real?.cancelled() === false)
      ledger.violated(`task ${index} has returned without taking a request, and was not cancelled`);
  }
}

/** Notes what is still taken when the loop is closed. */
function watchSlots(loop: EventLoop, world: World): string[] {
  const left: string[] = [];
  const close = loop.close.bind(loop);
  loop.close = () => {
    if (!loop.isClosed()) {
      world.settleAll();
      const tasks = loop.scheduler.core.calls.slotsLive(KIND_TASK);
      if (tasks > 0) left.push(`${tasks} of tasks`);
    }
    close();
  };
  return left;
}

/** Waits for a run to end, answers the error that it ends with, and lets what comes from outside come. */
async function untilOver(world: World, run: Promise<unknown>, what: string): Promise<unknown> {
  const { loop, ledger } = world;
  const begunMs = Date.now();
  let isOver = false;
  let failure: unknown;
  const ended = run.then(
    () => {
      isOver = true;
    },
    (error) => {
      isOver = true;
      failure = error;
      if (error instanceof DeadlockError || error instanceof TypeError)
        ledger.violated(`${what}: ${error.stack}`);
    },
  );
  let idle = 0;
  for (let round = 0; !isOver; round++) {
    await macrotask();
    if (!ledger.isEnding) for (const call of world.outside.splice(0)) call();
    const isIdle =
      world.foreign === 0 &&
      loop.scheduler.asleep &&
      loop.scheduler.core.calls.nextDeadlineMs() === Number.POSITIVE_INFINITY;
    idle = isIdle ? idle + 1 : 0;
    if (isOver || (idle < IDLE_ROUNDS && round < ROUNDS_MAX && Date.now() - begunMs < REAL_TIME_MAX_MS))
      continue;
    const waiting = [...ledger.live].map(
      ({ id, doing, scope }) => `strand ${id} of task ${scope.work.index} (${doing})`,
    );
    ledger.violated(`${what} came to no end: ${waiting.join(", ")}; ${[...allTasks(loop)].join("; ")}`);
    ledger.isEnding = true;
    loop.stop();
    break;
  }
  await ended;
  return failure;
}
