/**
 * What `wasyncio/wasi` needs of a host's workers and files, and what every host promises. Types alone; the bindings are beside
 * this file.
 */
import type { HostFailure } from "./network.ts";

/** What a worker tells, from the host's own stack. */
export interface HostWorkerEvents {
  message(message: unknown): void;
  /** It could not be started, or has died. Nothing comes after it. */
  failed(failure: HostFailure): void;
}

/** A thread of its own. Keeps no process alive. */
export interface HostWorker {
  post(message: unknown): void;
  /** Ends it, wherever it stands; `ended` is called when it is gone. */
  terminate(ended: () => void): void;
}

/** Starts a worker of a program's text, which gets messages as web standards have them. */
export type StartWorker = (source: string, events: HostWorkerEvents) => HostWorker;

/** A tree of a folder: folders by name, and files as their bytes. */
export interface HostTree {
  readonly [name: string]: Uint8Array | HostTree;
}

/** Folders of the host. */
export interface HostFolders {
  /** All that is in a folder; links that lead out of it are left out. Throws the host's own error. */
  read(path: string): HostTree;
  /** Makes a folder what the tree is: writes what is there, removes what is not. Follows no link. Throws the host's own error. */
  write(path: string, tree: HostTree): void;
}
