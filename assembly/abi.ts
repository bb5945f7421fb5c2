/**
 * The numbers both sides of the boundary share. Compiled by asc and by tsc, so it holds constants and nothing else.
 *
 * A *slot reference* is what the core hands out: the slot's index in the low 24 bits, its generation in the seven
 * above. The sign bit stays free, so that a reference is a small integer in every JavaScript engine.
 */

/**
 * The version of what both sides agree on: the exports, what they mean, and the numbers below. Increment it with every change to any of them, so that a core and a package that do not belong together are recognized.
 */
export const ABI_VERSION = 2;

/** Bits of a slot reference that hold the index. */
export const SLOT_BITS = 24;
/** Cuts the index out of a slot reference or of a ready-ring entry. */
export const SLOT_MASK = 0xffffff;
/** No slot: index 0 is never handed out. */
export const NO_SLOT = 0;
/** Most slots one loop can hold at a time: one page of them fewer than there are indices, which the timer heap's root needs. */
export const SLOTS_MAX = 0xfff000;

/** A timer is due when its deadline is before `now` plus this, as asyncio's clock resolution has it. */
export const CLOCK_RESOLUTION_MS = 0.000001;

/** Where the control block stands in linear memory, in bytes. */
export const CONTROL_ADDRESS = 64;
/** Words of the control block, written by `turn`, read by the host side. */
export const CONTROL_READY_BASE = 0;
export const CONTROL_READY_MASK = 1;
export const CONTROL_READY_HEAD = 2;

/** What a slot is used for; also the index of its counter for `slotsLive`. */
export const KIND_HANDLE = 0;
export const KIND_TIMER = 1;
export const KIND_FUTURE = 2;
export const KIND_TASK = 3;
export const KIND_CHANNEL = 4;
export const KINDS = 5;

/** State of a future, as both sides name it. */
export const PENDING = 0;
export const FINISHED = 1;
export const CANCELLED = 2;
/** Bits of what `taskEnd` returns that hold the outcome; the cancellation requests are above them. */
export const OUTCOME_BITS = 2;
export const OUTCOME_MASK = 3;

/** How a task's coroutine ended, passed to `taskEnd`. */
export const END_RETURN = 0;
export const END_RAISE = 1;
export const END_CANCEL = 2;

/** What `taskStep` tells the task to do with its coroutine. */
export const STEP_RESUME = 0;
export const STEP_CANCEL = 1;

/** Readiness bits of a channel. */
export const READABLE = 1;
export const WRITABLE = 2;
export const HANGUP = 4;

/** Most cancellation requests that a task counts; further ones leave the count unchanged. */
export const CANCEL_REQUESTS_MAX = 0xffff;
