/** What a part of the tour is. */
export interface Part {
  /** How it is called on the command line. */
  readonly name: string;
  readonly title: string;
  /** Runs the part; answers what came of it, in one line. Throws when it is not as it should be. */
  run(print: (text: string) => void): Promise<string>;
}

/** Stops a part that does not show what it is to show. */
export function check(holds: boolean, what: string): void {
  if (!holds) throw new Error(`check failed: ${what}`);
}
