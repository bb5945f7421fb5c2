/** `wasyncio/testing`: what makes concurrent programs testable without waiting. */
export { Advance } from "./advance.ts";
export type { VirtualClockOptions } from "./clock-options.ts";
export type { FakeTimers, RunnerTimers, SinonTimers } from "./driven-timers.ts";
export {
  ExplorationError,
  ReplayError,
  type ReplayErrorCode,
  RunError,
  type RunErrorCode,
} from "./errors.ts";
export { type ExploreReport, explore } from "./explore.ts";
export { type ExploredOptions, explored, type VirtualTest, virtual } from "./in-runner.ts";
export type { SimulatedHost } from "./network/host.ts";
export type { LinkOptions } from "./network/link.ts";
export { SimulatedNetwork, type SimulatedNetworkOptions } from "./network/simulated-network.ts";
export type { ExploreOptions, RunLimits, StrategyName } from "./options.ts";
export type { ExploredRun, Program } from "./program.ts";
export { SeededRandom } from "./random.ts";
export { replay } from "./replay.ts";
export { type ChosenSchedule, runUnder } from "./run-under.ts";
export type { Cancellation, ClockFault, Departure, Fault, Schedule } from "./schedule.ts";
export { TimersClock } from "./timers-clock.ts";
export { VirtualClock } from "./virtual-clock.ts";
