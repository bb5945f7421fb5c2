// What the tests have called in workers: plain JavaScript, since every version of Node has to load it.
export const inc = (/** @type {number} */ n) => n + 1;
/** @type {(n: number) => number} */
export const fib = (n) => (n < 2 ? n : fib(n - 1) + fib(n - 2));
export const notAFunction = 1;

let counter = 0;
export function count() {
  return ++counter;
}

/** @type {unknown} */
let initialized;
export function initialize(/** @type {unknown} */ value) {
  initialized = value;
}
export function whatWasInitialized() {
  return initialized;
}
export function failToInitialize() {
  throw new RangeError("no such luck");
}

export function throwWithCause() {
  const cause = Object.assign(new RangeError("the cause"), { code: "E_CAUSE", at: 3 });
  throw new TypeError("the error", { cause });
}
class OwnError extends Error {
  /** @override */
  name = "OwnError";
  code = "E_OWN";
}
export function throwOwn() {
  throw new OwnError("mine");
}
export function throwAggregate() {
  throw new AggregateError([new RangeError("one"), 2], "several");
}
export function throwText() {
  throw "only text";
}
export function throwFunction() {
  throw () => {};
}
export function returnFunction() {
  return () => {};
}

/** Ends when the shared flag is set. */
export function waitForFlag(/** @type {Int32Array} */ flag) {
  Atomics.add(flag, 1, 1);
  Atomics.notify(flag, 1);
  Atomics.wait(flag, 0, 0);
  return "flagged";
}

export function* countTo(/** @type {number} */ n) {
  for (let i = 1; i <= n; i++) yield i;
  return `counted to ${n}`;
}
/** Tells by the shared memory how far it has come, and whether its `finally` has run. */
export function* countInto(/** @type {Int32Array} */ shared) {
  try {
    for (let i = 1; ; i++) {
      Atomics.store(shared, 0, i);
      yield i;
    }
  } finally {
    Atomics.store(shared, 1, 1);
    Atomics.notify(shared, 1);
  }
}
/** Waits for the flag after its first value, and then does not stop. */
export function* flood(/** @type {Int32Array} */ flag, /** @type {number} */ n) {
  yield 0;
  waitForFlag(flag);
  for (let i = 1; i < n; i++) yield i;
  return "flooded";
}
export async function* countSlowly(/** @type {number} */ n) {
  for (let i = 1; i <= n; i++) {
    await Promise.resolve();
    yield i;
  }
  return "done slowly";
}

/** Calls the same in a worker of this worker's own. */
export async function inAnother(/** @type {string} */ executors, /** @type {number} */ n) {
  const { ThreadPoolExecutor } = await import(executors);
  const pool = new ThreadPoolExecutor({ maxWorkers: 1 });
  const twice = await pool.submit((/** @type {number} */ each) => each * 2, n + 1);
  await pool.shutdown();
  return twice;
}

export function exit() {
  process.exit(7);
}
export function loopForEver() {
  for (;;);
}
export function eatMemory() {
  const kept = [];
  for (;;) kept.push(new Array(100_000).fill(Math.random()));
}
export function throwLater() {
  return new Promise(() => {
    setTimeout(() => {
      throw new RangeError("too late");
    }, 1);
  });
}
export function never() {
  return new Promise(() => {});
}
export const pid = () => process.pid;
