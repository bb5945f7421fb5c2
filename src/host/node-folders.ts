/**
 * Owns folders of the host by `node:fs`: read as a tree, and made what a tree is. No way leads out of a folder: a link is read
 * only where it leads to within, and is never written through.
 */
import {
  closeSync,
  constants,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  writeSync,
} from "node:fs";
import { join, sep } from "node:path";
import type { HostFolders, HostTree } from "./folders.ts";

function readTree(folder: string, root: string, above: readonly string[]): HostTree {
  const tree: Record<string, Uint8Array | HostTree> = Object.create(null);
  for (const name of readdirSync(folder)) {
    const path = join(folder, name);
    let real: string;
    try {
      real = realpathSync(path);
    } catch {
      // A link that leads nowhere.
      continue;
    }
    if (!`${real}${sep}`.startsWith(root.endsWith(sep) ? root : `${root}${sep}`)) continue;
    const stats = statSync(real);
    // A link to a folder above would have no end.
    if (stats.isDirectory() && !above.includes(real)) tree[name] = readTree(real, root, [...above, real]);
    else if (stats.isFile()) tree[name] = new Uint8Array(readFileSync(real));
  }
  return tree;
}

function writeTree(folder: string, tree: HostTree): void {
  for (const name of readdirSync(folder)) {
    const stats = lstatSync(join(folder, name));
    // Links, and what is no file, were not handed in as such, and are not the program's to remove.
    if (!Object.hasOwn(tree, name) && (stats.isFile() || stats.isDirectory()))
      rmSync(join(folder, name), { recursive: true });
  }
  for (const [name, entry] of Object.entries(tree)) {
    if (name === "" || name === "." || name === ".." || name.includes("/") || name.includes(sep)) continue;
    const path = join(folder, name);
    const stats = lstatSync(path, { throwIfNoEntry: false });
    if (stats?.isSymbolicLink()) continue;
    if (entry instanceof Uint8Array) {
      if (stats?.isDirectory()) rmSync(path, { recursive: true });
      writeFile(path, entry);
    } else {
      if (stats?.isFile()) rmSync(path);
      if (!stats?.isDirectory()) mkdirSync(path);
      writeTree(path, entry);
    }
  }
}

function writeFile(path: string, bytes: Uint8Array): void {
  const { O_WRONLY, O_CREAT, O_TRUNC, O_NOFOLLOW = 0 } = constants;
  const fd = openSync(path, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, 0o666);
  try {
    for (let done = 0; done < bytes.length; ) done += writeSync(fd, bytes, done);
  } finally {
    closeSync(fd);
  }
}

export const nodeFolders: HostFolders = {
  read(path) {
    const root = realpathSync(path);
    return readTree(root, root, [root]);
  },
  write: (path, tree) => writeTree(realpathSync(path), tree),
};
