/** The one timer of a loop, on clocks that no host here has: its parts are given. */
import { expect, test } from "vitest";
import { type AlarmParts, setAlarm } from "../../src/host/alarm.ts";

const TIMEOUT_MS_MAX = 2 ** 31 - 1;

/** A clock and timers that do what the test says. */
class Parts implements AlarmParts<number> {
  nowMs = 100;
  readonly delaysMs: number[] = [];
  private wake: () => void = () => {};

  now(): number {
    return this.nowMs;
  }

  setTimeout(wake: () => void, delayMs: number): number {
    this.wake = wake;
    return this.delaysMs.push(delayMs);
  }

  clearTimeout(): void {
    this.wake = () => {};
  }

  fireAt(nowMs: number): void {
    this.nowMs = nowMs;
    this.wake();
  }
}

function alarmIn(delayMs: number) {
  const parts = new Parts();
  const woken: number[] = [];
  const alarm = setAlarm(parts, parts.nowMs + delayMs, () => woken.push(parts.nowMs));
  return { parts, alarm, woken };
}

test("setAlarm asks for whole milliseconds, and wakes when the clock is there", () => {
  const { parts, woken } = alarmIn(2.3);
  parts.fireAt(102.3);
  expect([parts.delaysMs, woken]).toEqual([[3], [102.3]]);
});

test("setAlarm sets a timer that came early again", () => {
  const { parts, woken } = alarmIn(5);
  parts.fireAt(104.2);
  expect([parts.delaysMs, woken]).toEqual([[5, 1], []]);
  parts.fireAt(105);
  expect(woken).toEqual([105]);
});

test("setAlarm takes the timer's word where the clock has not moved", () => {
  const { parts, woken } = alarmIn(5);
  parts.fireAt(100);
  expect(woken).toEqual([100]);
});

test("setAlarm chains what is too long for a timer, also where the clock has not moved", () => {
  const { parts, woken } = alarmIn(TIMEOUT_MS_MAX + 10);
  parts.fireAt(100);
  expect([parts.delaysMs, woken]).toEqual([[TIMEOUT_MS_MAX, TIMEOUT_MS_MAX], []]);
  parts.fireAt(100 + TIMEOUT_MS_MAX);
  expect([parts.delaysMs.at(-1), woken]).toEqual([10, []]);
  parts.fireAt(100 + TIMEOUT_MS_MAX + 10);
  expect(woken).toHaveLength(1);
});

test("setAlarm calls nothing once it is cancelled", () => {
  const { parts, alarm, woken } = alarmIn(5);
  alarm.cancel();
  parts.fireAt(200);
  expect(woken).toEqual([]);
});
