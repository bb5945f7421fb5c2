/**
 * Owns what stands in Redis of a call: what an executor writes there, and what a worker adds. Both sides load this file.
 */
import type { SentError } from "../messages.ts";

export interface JobData {
  /** The arguments, as JSON. */
  readonly args: unknown;
  readonly isChunk: boolean;
  /** How long the function may run, in milliseconds. */
  readonly timeoutMs: number | null;
  /** Nobody wants to know any more. */
  readonly isCancelled?: boolean;
  /** What was thrown in the last attempt. */
  readonly error?: SentError;
}

/** What was returned, as JSON; in an object, for BullMQ takes nothing else for a result in each case. */
export interface JobResult {
  readonly value: unknown;
}
