/**
 * Owns the folders that a program sees: trees in memory, made of plain data and turned into plain data again. A path leaves its
 * folder in no way: the shim takes neither absolute ones nor such that go above it, and there are no links to follow.
 */
import { Directory, File, type Inode, PreopenDirectory } from "@bjorn3/browser_wasi_shim";
import type { Preopen, Tree } from "./config.ts";

export function foldersOf(preopens: readonly Preopen[]): PreopenDirectory[] {
  return preopens.map(({ path, tree }) => new PreopenDirectory(path, contentsOf(tree)));
}

function contentsOf(tree: Tree): Map<string, Inode> {
  const contents = new Map<string, Inode>();
  for (const [name, entry] of Object.entries(tree))
    contents.set(name, entry instanceof Uint8Array ? new File(entry) : new Directory(contentsOf(entry)));
  return contents;
}

/** Whatever the program has called things: a tree has no prototype for a name to stand on. */
export function treeOf(folder: Directory): Tree {
  const tree: Record<string, Uint8Array | Tree> = Object.create(null);
  for (const [name, entry] of folder.contents) {
    if (entry instanceof Directory) tree[name] = treeOf(entry);
    else if (entry instanceof File) tree[name] = new Uint8Array(entry.data);
  }
  return tree;
}
