/**
 * `Future` as a thenable: the suite of Promises/A+ 1.1 (npm: promises-aplus-tests) on futures of a running loop. The suite
 * brings mocha along, whose verdicts are counted here, so that a suite that ran nothing does not pass.
 */
import { createRequire } from "node:module";
import { afterAll, expect, it } from "vitest";
import { type EventLoop, type Future, newEventLoop } from "wasyncio";
import { failureOf } from "../../src/core/errors.ts";

interface Deferred {
  readonly promise: Future<unknown>;
  resolve(value: unknown): void;
  reject(reason: unknown): void;
}

interface Adapter {
  resolved(value: unknown): Future<unknown>;
  rejected(reason: unknown): Future<unknown>;
  deferred(): Deferred;
}

/** The part of mocha's runner that a reporter listens to. */
interface SuiteRunner {
  on(event: "pass", listener: (test: SuiteTest) => void): void;
  on(event: "fail", listener: (test: SuiteTest, error: unknown) => void): void;
}

interface SuiteTest {
  fullTitle(): string;
}

type RunSuite = (
  adapter: Adapter,
  options: { readonly reporter: (runner: SuiteRunner) => void },
  done: (error: Error | null) => void,
) => void;

const TESTS = 872;
const runSuite = createRequire(import.meta.url)("promises-aplus-tests") as RunSuite;

const loop: EventLoop = newEventLoop();
// Unhandled rejections are part of the suite.
loop.setExceptionHandler(() => {});

const adapter: Adapter = {
  resolved(value) {
    const future = loop.createFuture<unknown>();
    future.setResult(value);
    return future;
  },
  rejected(reason) {
    const future = loop.createFuture<unknown>();
    future.fail(failureOf(reason, "rejected with"));
    return future;
  },
  deferred() {
    const promise = loop.createFuture<unknown>();
    return {
      promise,
      resolve: (value) => {
        if (promise.pending()) promise.setResult(value);
      },
      reject: (reason) => {
        if (promise.pending()) promise.fail(failureOf(reason, "rejected with"));
      },
    };
  },
};

async function verdicts(): Promise<{ passed: string[]; failed: string[] }> {
  const passed: string[] = [];
  const failed: string[] = [];
  const running = loop.runForever();
  // The suite drops promises that are rejected; the host's own complain of that, and vitest with them.
  const listeners = process.listeners("unhandledRejection");
  process.removeAllListeners("unhandledRejection").on("unhandledRejection", () => {});
  // Mocha calls it with `new`.
  function reporter(runner: SuiteRunner): void {
    runner.on("pass", (test) => passed.push(test.fullTitle()));
    runner.on("fail", (test, error) => failed.push(`${test.fullTitle()}: ${error}`));
  }
  await new Promise<void>((resolve) => runSuite(adapter, { reporter }, () => resolve()));
  process.removeAllListeners("unhandledRejection");
  for (const listener of listeners) process.on("unhandledRejection", listener);
  loop.stop();
  await running;
  return { passed, failed };
}

afterAll(() => loop.close());

it(`Future passes all ${TESTS} tests of Promises/A+`, { timeout: 60_000 }, async () => {
  const { passed, failed } = await verdicts();
  expect(failed).toEqual([]);
  expect(passed).toHaveLength(TESTS);
});
