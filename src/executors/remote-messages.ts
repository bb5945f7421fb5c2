/**
 * Owns what a worker and a loop say to one another, and where in shared memory the worker waits. Both sides load this file.
 */
import type { SentError } from "./messages.ts";

/**
 * Calls, one after the other, each in three parts and its arguments: the function's place among the handle's names, or its name if it is none of
 * them; the number of the answer, 0 for none, negative where it is waited for; how many arguments there are. Flat, since each
 * array in an array costs as much as a message's cloning of three numbers.
 */
export type CallBatch = unknown[];

export type ToLoop =
  | CallBatch
  /** The task is to be cancelled. */
  | { readonly cancel: number }
  /** The next piece of an answer that did not fit. */
  | "next";

export type RemoteOutcome = { readonly value: unknown } | { readonly error: SentError };

export interface FromLoop {
  readonly id: number;
  readonly outcome: RemoteOutcome;
}

/** Cells in front of the bytes of an answer. */
export const BATCHES_HEARD = 0;
/** 1 when there is a piece of the answer, 0 before. */
export const ANSWERED = 1;
/** How many bytes the piece has, and how many the whole. */
export const PIECE_BYTES = 2;
export const WHOLE_BYTES = 3;
export const CELLS = 4;
export const PIECE_BYTES_MAX = 64 * 1024;
