/** What a part of the tour is. */
export interface Part {
  /** Its name on the command line. */
  readonly name: string;
  readonly title: string;
  /** Runs the part; returns its result, in one line. Throws if it is not as it should be. */
  run(print: (text: string) => void): Promise<string>;
}

/** Stops a part that does not show what it should. */
export function check(holds: boolean, what: string): void {
  if (!holds) throw new Error(`check failed: ${what}`);
}
