// Mistakes that are planted in the package's source, to see that the mixed fuzzer finds each: the defects that async
// functions once had, and every rule of docs/async-functions.md broken singly.
//
// Owns what is replaced by what. The package knows nothing of it: the text is changed as it is loaded. Must not know who
// looks for the mistakes.

/**
 * @typedef {object} Mutant
 * @property {string} name - what is wrong then.
 * @property {string} file - under src.
 * @property {string} text - what is replaced; it stands in the file once.
 * @property {string} by
 * @property {boolean} [withoutAsyncContext] - it shows on hosts without async context alone.
 */

/** @type {readonly Mutant[]} */
export const MUTANTS = [
  // The eight defects
  {
    name: "several waits of a task at a time share one strand",
    file: "core/async/await.ts",
    text: "const strand = isItsOwn ? reader : reader.beside();",
    by: "const strand = reader;",
  },
  {
    name: "what a generator starts knows no loop",
    file: "core/async/await.ts",
    text: "if (current !== undefined) return strandOfGenerator(current as Task<unknown>);",
    by: "if (current !== undefined) return undefined;",
    withoutAsyncContext: true,
  },
  {
    name: "a deadline cancels all that is in the task's scope",
    file: "core/async/strand.ts",
    text: "if (this.ref === NO_SLOT) {\n      this.scope.cancel(message);",
    by: "if (this.ref !== NO_SLOT || this.ref === NO_SLOT) {\n      this.scope.cancel(message);",
  },
  {
    name: "a request reaches one of several",
    file: "core/scope.ts",
    text: "if (!strand.isWaiting) continue;",
    by: "if (!strand.isWaiting || strand !== this.first) continue;",
  },
  {
    name: "a step ends though its function goes on natively",
    file: "core/scheduler.ts",
    text: 'if (steps.isOpen) return "away";',
    by: "",
  },
  {
    name: "what a generator has started and not awaited is forgotten",
    file: "core/task.ts",
    text: "this.nursery?.ownerEnded();",
    by: "",
  },
  {
    name: "without async context the end of a task cuts off what may be another's",
    file: "core/scope.ts",
    text: "if (!isCutOff || storageInUse === undefined) return;",
    by: "if (!isCutOff) return;",
    withoutAsyncContext: true,
  },
  {
    name: "what a function has started and not awaited is forgotten",
    file: "core/async/async-task.ts",
    text: "this.scope.ownerEnded();",
    by: "",
  },
  {
    name: "what a function has started and not awaited is forgotten, without async context",
    file: "core/async/async-task.ts",
    text: "this.scope.ownerEnded();",
    by: "",
    withoutAsyncContext: true,
  },
  // Nothing hangs
  {
    name: "nobody wakes a loop that sleeps when a function comes back from abroad",
    file: "core/pacing.ts",
    text: "this.#leave();\n    if (this.asleep) this.wake();",
    by: "this.#leave();",
  },
  {
    name: "a scope's leftovers get lost",
    file: "core/scope.ts",
    text: "strand.moveTo(around);",
    by: "",
  },
  // Cancellation reaches everything once
  {
    name: "a request is taken again at each wait",
    file: "core/async/strand.ts",
    text: "if (this.scope.mark > this.taken) this.takeMark(this.scope.message);\n    // An async function",
    by: "if (this.scope.mark > 0) this.takeMark(this.scope.message);\n    // An async function",
  },
  {
    name: "a request is lost on who is running",
    file: "core/async/strand.ts",
    text: "if (this.scope.mark > this.taken) this.takeMark(this.scope.message);\n    // An async function",
    by: "if (this.scope.mark > this.taken) this.taken = this.scope.mark;\n    // An async function",
  },
  {
    name: "who is begun by one that has taken a request takes it too",
    file: "core/async/strand.ts",
    text: "return this.like(this.known);",
    by: "return this.like(0);",
  },
  {
    name: "a request ends at who waits for a scope's body",
    file: "core/cancellation.ts",
    text: "sidecar.hosted.cancel(message);",
    by: "",
  },
  {
    name: "a request that comes before the body is not passed on to it",
    file: "core/stepper.ts",
    text: "if (this.scheduler.calls.taskCancelDue(this.ref)) this.cancelHosted(this.sidecar?.cancelMessage);",
    by: "",
  },
  {
    name: "a body's end forgets the request that nobody has taken",
    file: "core/scope.ts",
    text: "this.passUndelivered(host);",
    by: "",
  },
  {
    name: "a function's end forgets the request that nobody has taken",
    file: "core/async/async-task.ts",
    text: "if (how === END_RETURN) this.scope.passUndelivered(this);",
    by: "",
  },
  {
    name: "a second request is none",
    file: "core/scope.ts",
    text: "this.mark = this.scheduler.nextCancelMark();",
    by: "this.mark ||= this.scheduler.nextCancelMark();",
  },
  {
    name: "a request that is due and did not come to a wait counts as taken",
    file: "core/async/strand.ts",
    text: "this.isMarkDue = this.isCancelDue;",
    by: "this.isMarkDue = false;",
  },
  // Everything started has an owner
  {
    name: "what is cut off is not cancelled",
    file: "core/scope.ts",
    text: "this.askAll(undefined, this.mark !== 0);",
    by: "",
  },
  {
    name: "a cancelled scope is left before those in it have ended",
    file: "core/async/perform.ts",
    text: "while (storageInUse !== undefined && scope.mark > 0 && !scope.isEmpty()) {",
    by: "while (scope.mark < 0) {",
  },
  {
    name: "the end of a run cancels no task",
    file: "core/runner.ts",
    text: "for (const task of tasks) task.cancelAtEnd();",
    by: "",
  },
  {
    name: "the end of a run does not wait for what is left behind by those that it cancels",
    file: "core/runner.ts",
    text: "for (let left = cancelAll(loop); left !== undefined; left = cancelAll(loop)) {",
    by: "for (let left = cancelAll(loop); left !== undefined; left = undefined) {",
  },
  {
    name: "what a foreign listener starts has no owner",
    file: "core/async/await.ts",
    text: "if (only?.host.createTaskStorage === undefined) return undefined;",
    by: "if (only === undefined || only.host !== undefined) return undefined;",
  },
  {
    name: "functions are not taken where coroutines are",
    file: "core/ensure.ts",
    text: 'if (iscoroutine(awaitable) || typeof awaitable === "function")',
    by: "if (iscoroutine(awaitable))",
  },
  // Identity
  {
    name: "async context is not asked",
    file: "core/async/await.ts",
    text: "const stored = scheduler?.executing === true ? undefined : (storageInUse?.get() as Scope | undefined);",
    by: "const stored = undefined as Scope | undefined;",
  },
  {
    name: "what callbacks start belongs to whoever's step it was",
    file: "core/scheduler.ts",
    text: "else storageInUse.run(this.scopeOfCallback(), runNow, runnable);",
    by: "else runnable.run();",
  },
  {
    name: "a scope's body is in the async context of its host",
    file: "core/async/perform.ts",
    text: "const result = callWithin(scope, body, ...args);",
    by: "const result = body(...args);",
  },
  // Interrupts
  {
    name: "an interrupt of an async function does not end the run",
    file: "core/async/async-task.ts",
    text: "if (how === END_RAISE && isInterrupt(value)) scheduler.interrupt(value);\n    else",
    by: "",
  },
  // `then` by hand
  {
    name: "to read then is to wait",
    file: "core/async/await.ts",
    text: "operation.reader = readAs(operation);",
    by: "operation.reader = readAs(operation);\n  then.call(operation, undefined, undefined);",
  },
  {
    name: "then by hand gives nothing",
    file: "core/async/resumption.ts",
    text: "if (result === undefined && this.settlers === undefined) this.promise = NOTHING;",
    by: "if (result !== 0.5) this.promise = NOTHING;",
  },
  {
    name: "a task's first callback runs in whichever task is about",
    file: "core/stepper.ts",
    text: "return this.state === PENDING;",
    by: "return true;",
  },
  {
    name: "what is given to then runs in whichever task is about",
    file: "core/async/strand.ts",
    text: " && this.resumption?.isByHand !== true",
    by: "",
  },
  {
    name: "who comes back from a foreign promise has not been told of anything",
    file: "core/async/await.ts",
    text: "scope.toldToReturning",
    by: "0",
  },
];

/**
 * Has the source changed as it is loaded.
 *
 * @param {Mutant} mutant
 * @returns {import("vite").Plugin}
 */
export function planting({ name, file, text, by }) {
  return {
    name: "mutant",
    enforce: "pre",
    transform(code, id) {
      if (!id.endsWith(`/src/${file}`)) return undefined;
      const parts = code.split(text);
      if (parts.length !== 2)
        throw new Error(
          `the mutant '${name}' is out of date: its text stands in src/${file} ${parts.length - 1} times`,
        );
      return parts.join(by);
    },
  };
}
