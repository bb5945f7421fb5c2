// A program in a worker, where the host lets none be started or the worker dies: an error that says what to do, and an end.

import { expect } from "vitest";
import { createSubprocessWasi, PIPE } from "wasyncio/wasi";
import type { HostWorker, StartThread, WorkerListener } from "../../src/host/workers.ts";
import { provideRunner } from "../../src/wasi/runner.ts";
import { inWorkers } from "../../src/wasi/worker-process.ts";
import { thrownBy } from "../io/harness.ts";
import { inC, wasiTest } from "./harness.ts";

/** Runs no program; what becomes of it is up to the test. */
class DoomedWorker implements HostWorker {
  readonly #fate: (listener: WorkerListener) => void;

  constructor(fate: (listener: WorkerListener) => void) {
    this.#fate = fate;
  }

  listen(listener: WorkerListener): void {
    queueMicrotask(() => this.#fate(listener));
  }

  post(): void {}
  keepAlive(): void {}
  end(): void {}
}

function* endOn(startThread: StartThread): Generator<unknown, { code: string; message: string }, unknown> {
  provideRunner(inWorkers(startThread, "", undefined));
  return yield* thrownBy(createSubprocessWasi(inC("probe"), { stdout: PIPE, stderr: PIPE }));
}

wasiTest("a host that starts no thread, at once or later, is told with what may allow it", function* () {
  const refusals: StartThread[] = [
    () => {
      throw new Error("the policy says no");
    },
    () => new DoomedWorker((listener) => listener.refused("the policy says no")),
  ];
  for (const startThread of refusals) {
    const { code, message } = yield* endOn(startThread);
    expect([code, message]).toEqual([
      "EPERM",
      expect.stringMatching(/the policy says no; .*worker-src blob:/),
    ]);
  }
});

wasiTest(
  "a worker that dies before its program begins is an error, with the code that the host has for it",
  function* () {
    const error = Object.assign(new Error("out of memory"), { code: "ERR_WORKER_OUT_OF_MEMORY" });
    const known = yield* endOn(() => new DoomedWorker((listener) => listener.ended("it died", error)));
    expect([known.code, known.message]).toEqual([error.code, expect.stringContaining("it died")]);
    expect((yield* endOn(() => new DoomedWorker((listener) => listener.ended("it died")))).code).toBe(
      "EUNKNOWN",
    );
  },
);

wasiTest("a worker that dies under its program ends it as if it had been killed", function* () {
  const startThread: StartThread = () =>
    new DoomedWorker((listener) => {
      listener.message({ told: "started" });
      setTimeout(() => listener.ended("it died"), 1);
    });
  provideRunner(inWorkers(startThread, "", undefined));
  const probe = yield* createSubprocessWasi(inC("probe"), { stdout: PIPE });
  expect((yield* probe.stdout.read()).length).toBe(0);
  expect(yield* probe.wait()).toBe(-9);
});
