/** What a part of the page is: a program as anyone would write it, with a name. */

export interface Part {
  /** Its name, also in the page's links; its program is parts/NAME.ts. */
  readonly name: string;
  readonly title: string;
  /** Whether it goes on until it is cancelled, and so is not part of "Run all". */
  readonly endless?: boolean;
  /** Runs the program, from scratch each time. Its errors are thrown. */
  play(): Promise<unknown>;
}
