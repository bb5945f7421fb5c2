/** What a part of the page is: a program as anybody would write it, with a name. */

export interface Part {
  /** How it is called, in the page's links too; its program is parts/NAME.ts. */
  readonly name: string;
  readonly title: string;
  /** Whether it goes on until it is cancelled, and so is none of "Run all". */
  readonly endless?: boolean;
  /** Runs the program, anew each time. What goes wrong in it is thrown. */
  play(): Promise<unknown>;
}
