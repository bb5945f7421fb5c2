/** `wasyncio/testing`: what makes concurrent programs testable without waiting. */
export { Advance } from "./advance.ts";
export type { FakeTimers, RunnerTimers, SinonTimers } from "./driven-timers.ts";
export { TimersClock } from "./timers-clock.ts";
export { VirtualClock, type VirtualClockOptions } from "./virtual-clock.ts";
