// Owns how two sides are compared, and what a result looks like. Knows nothing of what is measured.

import { Bench } from "tinybench";

/**
 * @typedef {object} Result
 * @property {string} what - what was measured.
 * @property {string} figure - the figure that the goal is about.
 * @property {string} detail - the medians behind it.
 * @property {string} [goal]
 * @property {number} [missedBy] - by which share the goal was missed; zero or less when it is met.
 */

/**
 * @typedef {object} Comparison
 * @property {string} what
 * @property {number} operations - how many are in one sample of either side.
 * @property {() => unknown} ours
 * @property {(() => unknown) | { ns: () => number }} theirs - the same by other means; `ns` where another process
 * measures, and answers what one operation takes, a median.
 * @property {number} [timesAsFast] - the goal: at least so many times as fast as theirs.
 * @property {number} [timesTheTime] - the goal, where we are slower: at most so many times their time.
 */

/** The two sides take turns, so that a machine that slows down for a while slows both. */
const ROUNDS = 9;
const SAMPLES_PER_ROUND = 5;
/** A collection makes the engine forget optimized code, so each side warms up after the one that begins its turn. */
const WARMUP_SAMPLES = 10;

/**
 * Compares by the median over the rounds of the ratio within each round.
 *
 * @param {Comparison} comparison
 * @returns {Promise<Result>}
 */
export async function compare({ what, operations, ours, theirs, timesAsFast, timesTheTime }) {
  const oursNs = [];
  const theirsNs = [];
  const speedups = [];
  for (let round = 0; round < ROUNDS; round++) {
    const oursEach = ((await medianMs(ours)) / operations) * 1e6;
    const theirsEach =
      typeof theirs === "function" ? ((await medianMs(theirs)) / operations) * 1e6 : theirs.ns();
    oursNs.push(oursEach);
    theirsNs.push(theirsEach);
    speedups.push(theirsEach / oursEach);
  }
  const speedup = median(speedups);
  const detail = `${median(oursNs).toFixed(0)} ns against ${median(theirsNs).toFixed(0)} ns`;
  if (timesTheTime !== undefined) {
    const ratio = 1 / speedup;
    return {
      what,
      figure: `${ratio.toFixed(1)}x the time`,
      detail,
      goal: `at most ${timesTheTime}x`,
      missedBy: ratio / timesTheTime - 1,
    };
  }
  const figure = `${speedup.toFixed(1)}x as fast`;
  if (timesAsFast === undefined) return { what, figure, detail };
  return { what, figure, detail, goal: `at least ${timesAsFast}x`, missedBy: 1 - speedup / timesAsFast };
}

/**
 * A figure that has a limit of its own.
 *
 * @param {string} what
 * @param {number} value
 * @param {string} unit
 * @param {number} valueMax
 * @param {string} detail
 * @returns {Result}
 */
export function limit(what, value, unit, valueMax, detail) {
  const missedBy = value <= valueMax ? 0 : valueMax === 0 ? 1 : value / valueMax - 1;
  return { what, figure: `${Math.round(value)} ${unit}`, detail, goal: `at most ${valueMax}`, missedBy };
}

/**
 * The median of a few samples, each side starting with a heap that the other has not filled.
 *
 * @param {() => unknown} side
 */
async function medianMs(side) {
  globalThis.gc?.();
  const bench = new Bench({
    iterations: SAMPLES_PER_ROUND,
    time: 0,
    warmupIterations: WARMUP_SAMPLES,
    warmupTime: 0,
    throws: true,
  });
  // Awaiting what is no promise costs one microtask a sample, which is nothing.
  const [task] = await bench.add("side", side, { async: true }).run();
  if (task === undefined || !("latency" in task.result)) throw new Error("a side was not measured");
  return task.result.latency.p50;
}

/** @param {number[]} values */
function median(values) {
  return /** @type {number} */ (values.toSorted((a, b) => a - b)[values.length >> 1]);
}
