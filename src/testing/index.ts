/** `wasyncio/testing`: what makes concurrent programs testable without waiting. */
export { VirtualClock, type VirtualClockOptions } from "./virtual-clock.ts";
