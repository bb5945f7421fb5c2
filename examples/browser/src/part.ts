/** What a part of the page is, and what it is given. */
import type { Clock, Main } from "wasyncio";

export interface Part {
  /** How it is called, in the page's links too. */
  readonly name: string;
  readonly title: string;
  /** Whether it goes on until it is cancelled, and so is none of "Run all". */
  readonly endless?: boolean;
  /** Runs the part; answers what came of it, in one line. Throws when it is not as it should be. */
  run(stage: Stage): Promise<string>;
}

export interface Stage {
  /** Where relative URLs lead. */
  readonly baseUrl: string;
  /** Shows a line of text. */
  print(text: string): void;
  /** Runs a program on a loop of its own, and shows its tasks. */
  run<T>(main: Main<T>, options?: StageOptions): Promise<T>;
}

export interface StageOptions {
  /** What the main task is called; "main" unless given. */
  readonly name?: string;
  /** The clock of the loop; the real one unless given. */
  readonly clock?: Clock;
}

/** Stops a part that does not show what it is to show. */
export function check(holds: boolean, what: string): void {
  if (!holds) throw new Error(`this should have been so: ${what}`);
}
