/**
 * Owns what a row of the tables is: for each parameter what is right, what of the wrong values is right as well, and the words
 * of the TSDoc that say so. Knows nothing of how rows are tried.
 */
import type { Coroutine } from "wasyncio";
import { FUNCTIONS, LABELS, type Label, NUMBERS, OBJECTS, OBJECTS_WITHOUT_HOST, STRINGS } from "./values.ts";

/** Values that are taken, and words of the symbol's TSDoc by which they are. */
export type Taken = readonly [words: string, ...labels: Label[]];

/** What a parameter takes. */
export interface Kind {
  /** What is given while the other parameters are tried; made afresh for each call. */
  readonly right: () => unknown;
  readonly taken: readonly Taken[];
  /** Where another overload does without it, and this row's does not. */
  readonly required?: boolean;
  /** If it is an object of options: what each takes. */
  readonly options?: Readonly<Record<string, Kind>>;
}

/** By name of the parameter, in the order in which they are given. */
export type Row = Readonly<Record<string, Kind>>;

/** The tables of one part of the package. */
export interface Area {
  /**
   * The classes that are walked over, and how an object of each is come by, or one for a single method: by a generator function
   * where one has to wait.
   */
  readonly receivers: Readonly<Record<string, () => unknown>>;
  /** By the symbol's name, as in the declarations; with a note in parentheses for a further way to call it. */
  readonly rows: Readonly<Record<string, Row>>;
  /** What is called where no loop is running. */
  readonly outside?: readonly string[];
  /** What may wait until it is cancelled. */
  readonly waiting?: readonly string[];
  /** What may be read only in some states: the error's code in the receiver's state. */
  readonly refusedToRead?: Readonly<Record<string, string>>;
  /** Whether real sockets take part, which need turns of the host. */
  readonly io?: boolean;
  /** Runs a coroutine where the area's symbols are called; on a loop with a virtual clock unless given. */
  readonly within?: (body: () => Coroutine<void>) => Promise<unknown>;
  /** Puts back what a call has changed for all. */
  readonly after?: () => void;
}

/** `right`, and those of the wrong values that are right as well. */
export function kind(right: () => unknown, ...taken: Taken[]): Kind {
  return { right, taken };
}

export function required(each: Kind): Kind {
  return { ...each, required: true };
}

export function anything(words: string): Kind {
  return kind(() => "right", [words, ...LABELS]);
}

export function aFunction(words: string): Kind {
  return kind(() => () => 1, [words, ...FUNCTIONS]);
}

export function aString(words: string): Kind {
  return kind(() => "right", [words, ...STRINGS]);
}

export function milliseconds(words: string): Kind {
  return kind(() => 10, [words, ...NUMBERS]);
}

export function aBoolean(words: string): Kind {
  return kind(() => true, [words, "true", "false"]);
}

/** An object of options. Objects with none of them are as good as none. */
export function options(each: Readonly<Record<string, Kind>>, more: readonly Taken[] = []): Kind {
  const without = "host" in each ? OBJECTS_WITHOUT_HOST : OBJECTS;
  return { right: () => ({}), taken: [["", ...without], ...more], options: each };
}
