/**
 * Owns what the tests of the loop share: running a program under the virtual clock, and catching what it reports.
 */
import { type EventLoop, type ExceptionContext, type Main, newEventLoop, Runner } from "wasyncio";
import { VirtualClock } from "wasyncio/testing";

/** Runs a coroutine to its end under a virtual clock; answers its result, the time it took and what was reported. */
export function simulate<T>(main: Main<T>): { result: T; tookMs: number; reports: ExceptionContext[] } {
  const clock = new VirtualClock();
  const reports: ExceptionContext[] = [];
  const runner = new Runner({ clock });
  runner.getLoop().setExceptionHandler((_loop, context) => reports.push(context));
  try {
    const result = runner.runSync(main);
    return { result, tookMs: clock.time(), reports };
  } finally {
    runner.closeSync();
  }
}

/** As `simulate`, for programs of async functions. */
export async function simulateAsync<T>(
  main: Main<T>,
): Promise<{ result: T; tookMs: number; reports: ExceptionContext[] }> {
  const clock = new VirtualClock();
  const reports: ExceptionContext[] = [];
  const runner = new Runner({ clock });
  runner.getLoop().setExceptionHandler((_loop, context) => reports.push(context));
  try {
    const result = await runner.run(main);
    return { result, tookMs: clock.time(), reports };
  } finally {
    await runner.close();
  }
}

/** A loop under a virtual clock, for tests that drive it themselves. */
export function virtualLoop(): EventLoop {
  return newEventLoop({ clock: new VirtualClock() });
}

/** What a call throws, as name, code and message. */
export function thrownBy(call: () => unknown): { name: string; code: unknown; message: string } {
  try {
    call();
  } catch (error) {
    const { name, code, message } = error as { name: string; code?: unknown; message: string };
    return { name, code, message };
  }
  throw new Error("nothing was thrown");
}

/** The error a promise is rejected with. */
export async function rejectionOf(
  promise: PromiseLike<unknown>,
): Promise<{ name: string; code: unknown; message: string }> {
  let value: unknown;
  try {
    value = await promise;
  } catch (error) {
    return thrownBy(() => {
      throw error;
    });
  }
  throw new Error(`nothing was thrown, but returned: ${value}`);
}
