// What the tests of handles run in workers: the loop is called from there.
import { connect } from "wasyncio/executors/worker";

/** @typedef {import("wasyncio").RemoteHandle<import("./remote-calls.ts").OnLoop>} Handle */

/** Calls so many times, and tells the sum of what it has sent. */
export async function callOften(
  /** @type {Handle} */ handle,
  /** @type {number} */ sender,
  /** @type {number} */ count,
) {
  const loop = connect(handle);
  for (let i = 0; i < count; i++) {
    loop.callSoonThreadsafe("heard", sender, i);
    if (i % 10_000 === 0) await new Promise((resolve) => setTimeout(resolve));
  }
  return await loop.runCoroutineThreadsafe("countOf", sender);
}

export async function runAll(/** @type {Handle} */ handle) {
  const loop = connect(handle);
  const errors = [];
  for (const fail of [
    () => loop.runCoroutineThreadsafe("failing"),
    () => loop.runCoroutineThreadsafe(/** @type {"failing"} */ ("nothing")),
  ]) {
    try {
      await fail();
    } catch (error) {
      const { name, message, code } = /** @type {Error & { code?: unknown }} */ (error);
      errors.push([name, message, code]);
    }
  }
  return [
    await loop.runCoroutineThreadsafe("generator", 20),
    await loop.runCoroutineThreadsafe("plain", 1),
    ...errors,
  ];
}

export async function cancel(/** @type {Handle} */ handle) {
  const loop = connect(handle);
  const endless = loop.runCoroutineThreadsafe("endless");
  await loop.runCoroutineThreadsafe("plain", 1);
  endless.cancel();
  try {
    await endless;
  } catch (error) {
    return /** @type {Error} */ (error).name;
  }
  return "not cancelled";
}

/** Without a turn of its own in between. */
export function block(/** @type {Handle} */ handle) {
  const loop = connect(handle);
  loop.callSoonThreadsafe("heard", 0, 0);
  const text = "x".repeat(300_000);
  const answers = [loop.waitForCoroutine("generator", 20), loop.waitForCoroutine("echo", text) === text];
  try {
    loop.waitForCoroutine("failing");
  } catch (error) {
    answers.push(/** @type {Error} */ (error).message);
  }
  return [...answers, loop.waitForCoroutine("countOf", 0)];
}

export function compute(/** @type {Handle} */ handle, /** @type {Int32Array} */ flag) {
  const loop = connect(handle);
  loop.callSoonThreadsafe("raise", flag);
  // Never comes to an end unless the call has gone at once.
  while (Atomics.load(flag, 0) === 0);
  return "seen";
}

export async function wait(/** @type {Handle} */ handle) {
  return await connect(handle).runCoroutineThreadsafe("endless");
}
