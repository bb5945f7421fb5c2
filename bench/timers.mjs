// Timers that are set and cancelled before they are due, as timeouts are: the heap against Node's lists.

import { newEventLoop } from "wasyncio";
import { compare } from "./compare.mjs";

const TIMERS = 100_000;
const DELAY_MS_MAX = 60_000;

export default async function timers() {
  return [
    await setAndCancel("100,000 random timers against setTimeout", randomDelaysMs(), 8),
    await setAndCancel("the same, of whole milliseconds", randomDelaysMs().map(Math.trunc), undefined),
  ];
}

/**
 * @param {string} what
 * @param {number[]} delaysMs
 * @param {number | undefined} timesAsFast
 */
async function setAndCancel(what, delaysMs, timesAsFast) {
  const loop = newEventLoop();
  const callback = () => {};

  /** @type {ReturnType<typeof loop.callLater>[]} */
  const handles = new Array(TIMERS);
  const ours = () => {
    for (let i = 0; i < TIMERS; i++) handles[i] = loop.callLater(delaysMs[i] ?? 0, callback);
    for (let i = 0; i < TIMERS; i++) handles[i]?.cancel();
  };

  /** @type {NodeJS.Timeout[]} */
  const timeouts = new Array(TIMERS);
  const theirs = () => {
    for (let i = 0; i < TIMERS; i++) timeouts[i] = setTimeout(callback, delaysMs[i]);
    for (let i = 0; i < TIMERS; i++) clearTimeout(timeouts[i]);
  };
  return await compare({ what, operations: TIMERS, ours, theirs, ...(timesAsFast && { timesAsFast }) });
}

/** As `Math.random() * DELAY_MS_MAX` gives them, and the same in every run: a generator of Lehmer's. */
function randomDelaysMs() {
  let state = 42;
  return Array.from({ length: TIMERS }, () => {
    state = (state * 48_271) % 0x7fffffff;
    return 1 + (state / 0x7fffffff) * DELAY_MS_MAX;
  });
}
