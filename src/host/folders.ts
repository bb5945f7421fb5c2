/**
 * What `wasyncio/wasi` needs of a host's files. Types alone; the binding is beside this file.
 */

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
