/**
 * Owns the layout of the arena's records: four overlays of the same 16 bytes, with one header; four to a cache line.
 * Knows nothing of who uses them or in what order.
 *
 * Every record begins with its state and its generation. The state says what the slot is *and* how far it has come,
 * so there is one field to look at and one table of transitions (README.md).
 */

/** A slot reference: index in the low 24 bits, generation above (see abi.ts). */
export type Slot = u32;

export const RECORD_SIZE = 16;

/** Values of `state`, low five bits. */
export const enum State {
  FREE = 0,
  /** In the ready ring. */
  HANDLE_QUEUED = 1,
  /** In the list of a future's callbacks. */
  HANDLE_PARKED = 2,
  /** In the timer heap. */
  TIMER_ARMED = 3,
  /** Its deadline has come: in the ready ring. */
  TIMER_DUE = 4,
  FUTURE_PENDING = 5,
  /** In the ready ring, to take its next step. */
  TASK_READY = 6,
  /** Its coroutine has control. */
  TASK_RUNNING = 7,
  /** In the list of waiters of `awaiting`. */
  TASK_WAITING = 8,
  /** Open, nothing to tell. */
  CHANNEL_IDLE = 9,
  /** In the ready ring. */
  CHANNEL_QUEUED = 10,
  /** Closed while in the ready ring; freed when its turn comes. */
  CHANNEL_CLOSED = 11,
}

export const STATE_MASK: u8 = 0x1f;
/** Task: a cancellation was asked for and has not been thrown into the coroutine yet. */
export const UNDELIVERED: u8 = 0x80;
/** Future or task: its `cancel` belongs to JavaScript, so a cancellation going down a chain stops here. */
export const GUARDED: u8 = 0x40;
/** Task: already seen by the walk that is going on. */
export const VISITED: u8 = 0x20;

/**
 *   0       1            2
 *   ┌───────┬────────────┬─
 *   │ state │ generation │ by kind
 *   └───────┴────────────┴─
 * What every record begins with, so that its state can be asked for without knowing its kind.
 */
@unmanaged
export class Header {
  state: u8;
  generation: u8;
}

/**
 *   0       1            2                    4               8               12             16
 *   ┌───────┬────────────┬────────────────────┬───────────────┬───────────────┬──────────────┐
 *   │ state │ generation │ by kind            │ by kind       │ by kind       │ next         │
 *   └───────┴────────────┴────────────────────┴───────────────┴───────────────┴──────────────┘
 * `next` links the free list, a future's callbacks and a future's waiting tasks.
 */
@unmanaged
export class Record extends Header {
  private byKind0: u16;
  private byKind1: u32;
  private byKind2: u32;
  next: Slot;
}

/**
 *   0       1            2                    4               8               12             16
 *   ┌───────┬────────────┬────────────────────┬───────────────┬───────────────┬──────────────┐
 *   │ state │ generation │ -                  │ heap position │ deadline, once due           │
 *   └───────┴────────────┴────────────────────┴───────────────┴──────────────────────────────┘
 * While the timer is armed its deadline stands in the heap's own entry, where the comparisons need it.
 */
@unmanaged
export class TimerRecord extends Header {
  private unused0: u16;
  position: u32;
  deadlineMs: f64;
}

/**
 *   0       1            2                    4               8               12             16
 *   ┌───────┬────────────┬────────────────────┬───────────────┬───────────────┬──────────────┐
 *   │ state │ generation │ cancel requests    │ waiters: tail │ awaiting      │ next waiter  │
 *   └───────┴────────────┴────────────────────┴───────────────┴───────────────┴──────────────┘
 * A future uses `waiters` alone. A task is a future that has the rest as well.
 * `waiters` names the last of a circular list, whose `next` is the first: both ends in one word.
 */
@unmanaged
export class FutureRecord extends Header {
  requests: u16;
  waiters: Slot;
  awaiting: Slot;
  next: Slot;
}

/**
 *   0       1            2         3          4               8               12             16
 *   ┌───────┬────────────┬─────────┬──────────┬───────────────┬───────────────┬──────────────┐
 *   │ state │ generation │ wanted  │ ready    │ -             │ -             │ -            │
 *   └───────┴────────────┴─────────┴──────────┴───────────────┴───────────────┴──────────────┘
 */
@unmanaged
export class ChannelRecord extends Header {
  wanted: u8;
  ready: u8;
  private unused0: u32;
  private unused1: u32;
  private unused2: u32;
}

// A layout that drifts apart would corrupt memory silently, so the compiler refuses it.
if (
  offsetof<Record>() != RECORD_SIZE ||
  offsetof<TimerRecord>() != RECORD_SIZE ||
  offsetof<FutureRecord>() != RECORD_SIZE ||
  offsetof<ChannelRecord>() != RECORD_SIZE ||
  offsetof<Record>("next") != offsetof<FutureRecord>("next")
) {
  ERROR("a record is not 16 bytes long, or its link is not where the lists expect it");
}
