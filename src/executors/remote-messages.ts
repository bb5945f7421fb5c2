/**
 * Owns what a worker and a loop say to one another, and where in shared memory the worker waits. Both sides load this file.
 */
import type { SentError } from "./messages.ts";

/** A call: the function's name, its arguments, and the number of the answer, 0 for none. A negative one is waited for. */
export type RemoteCall = readonly [name: string, args: readonly unknown[], id: number];

export type ToLoop =
  | readonly RemoteCall[]
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
