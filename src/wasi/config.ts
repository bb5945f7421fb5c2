/**
 * Owns what is handed over to where a program runs, and what comes back: plain data, which can be cloned.
 */

/** The tree of a folder: folders by name, and files as their bytes. */
export interface Tree {
  readonly [name: string]: Uint8Array | Tree;
}

/** A folder that the program sees. */
export interface Preopen {
  /** Its path, as the program knows it. */
  readonly path: string;
  readonly tree: Tree;
  /** Whether the tree is to come back when the program has ended. */
  readonly comesBack: boolean;
}

/** A program and all that it gets to see. */
export interface ProgramConfig {
  /** Bytes, or a compiled module. */
  readonly module: object;
  readonly args: readonly string[];
  /** As NAME=VALUE. */
  readonly env: readonly string[];
  readonly preopens: readonly Preopen[];
}

/** How a program has ended, and what has become of the trees that come back, in the order of the preopens. */
export type Outcome =
  | { readonly how: "failed"; readonly code: string; readonly reason: string }
  | {
      readonly how: "ended";
      readonly returncode: number;
      readonly trees: readonly (Tree | null)[];
    };

/** What a program's abort is told as: minus the number of SIGABRT, as a program of the system would be. */
export const TRAPPED = -6;
