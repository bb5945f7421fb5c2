/** `wasyncio/testing`: what makes concurrent programs testable without waiting. */
export { VirtualClock } from "../host/virtual.ts";
