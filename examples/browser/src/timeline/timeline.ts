/**
 * Owns what is known about a program's tasks over time: which task made which, when each ran a step, when it was asked to cancel, how
 * it ended. Knows nothing of the loop that reports it, nor of how it is drawn.
 */

export type Outcome = "running" | "returned" | "failed" | "cancelled";

export interface Span {
  readonly startMs: number;
  endMs: number;
}

/** One task. */
export interface TaskRow {
  /** Unique within its timeline, in the order of creation. */
  readonly id: number;
  readonly name: string;
  /** Whether the engine runs it, so that its steps are not seen from its first `await` to its end. */
  isAsyncFunction: boolean;
  /** The task that created it, or undefined for one that was started from outside. */
  readonly parent: TaskRow | undefined;
  readonly startMs: number;
  endMs: number | undefined;
  outcome: Outcome;
  /** If it failed or was cancelled: why, in one line. */
  reason: string | undefined;
  /** When it was first asked to cancel. */
  cancelAskedMs: number | undefined;
  /** When its code ran. Steps that follow each other closely are one span. */
  readonly steps: Span[];
  /** How many steps it took, merged or not. */
  stepCount: number;
}

export interface Note {
  readonly atMs: number;
  readonly text: string;
}

/** Steps with less than this between them are kept as one: no screen shows the difference, and memory stays bounded. */
const MERGE_GAP_MS = 0.25;
/** Later notes than these are dropped, and `notesDropped` says how many. */
const NOTES_MAX = 500;

export class Timeline {
  /** In the order of creation. */
  readonly rows: TaskRow[] = [];
  readonly notes: Note[] = [];
  notesDropped = 0;
  private readonly clocks = new Set<() => number>();
  private latestMs = 0;

  /** The time of the program, in milliseconds from its start: as measured by its clocks; without one it stands still. */
  nowMs(): number {
    for (const clock of this.clocks) this.latestMs = Math.max(this.latestMs, clock());
    return this.latestMs;
  }

  /** Uses a clock that starts at zero now. @returns a function that stops it. */
  follow(clockMs: () => number): () => void {
    const startMs = this.nowMs();
    const originMs = clockMs();
    const clock = () => startMs + clockMs() - originMs;
    this.clocks.add(clock);
    return () => {
      this.nowMs();
      this.clocks.delete(clock);
    };
  }

  /** A task was created. */
  created(name: string, parent: TaskRow | undefined): TaskRow {
    const row: TaskRow = {
      id: this.rows.length,
      name,
      isAsyncFunction: false,
      parent,
      startMs: this.nowMs(),
      endMs: undefined,
      outcome: "running",
      reason: undefined,
      cancelAskedMs: undefined,
      steps: [],
      stepCount: 0,
    };
    this.rows.push(row);
    return row;
  }

  /** A task has run a step, from `startMs` until now. */
  stepped(row: TaskRow, startMs: number): void {
    const endMs = this.nowMs();
    const last = row.steps.at(-1);
    row.stepCount++;
    if (last !== undefined && startMs - last.endMs < MERGE_GAP_MS) last.endMs = endMs;
    else row.steps.push({ startMs, endMs });
  }

  /** A task was asked to cancel. */
  cancelAsked(row: TaskRow): void {
    row.cancelAskedMs ??= this.nowMs();
  }

  /** A task has ended. */
  ended(row: TaskRow, outcome: Exclude<Outcome, "running">, reason?: string): void {
    row.endMs = this.nowMs();
    row.outcome = outcome;
    row.reason = reason;
  }

  /** The program has something to say. */
  note(text: string): void {
    if (this.notes.length < NOTES_MAX) this.notes.push({ atMs: this.nowMs(), text });
    else this.notesDropped++;
  }
}
