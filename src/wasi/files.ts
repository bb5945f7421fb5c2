/**
 * Owns the folders that a user hands to a program: trees in memory, and folders of the host that are copied.
 */
import { checkBoolean, readOptions, wrongArgument } from "../core/checks.ts";
import { bytesOf } from "../io/bytes.ts";
import { checkText } from "../subprocess/options.ts";
import type { Tree } from "./config.ts";

/** The tree of a folder: folders by name, and files as bytes or as text. */
export interface Files {
  readonly [name: string]: Uint8Array | ArrayBuffer | string | Files;
}

/**
 * A folder in memory that a program may change: afterwards `files` is what it has left there.
 *
 * @example
 * ```ts
 * const folder = new MemoryFolder({ "input.txt": "b\na\n" });
 * const process = yield* createSubprocessWasi(bytes, { args: ["sort", "/data/input.txt"], preopens: { "/data": folder } });
 * yield* process.wait();
 * folder.files["output.txt"]; // a Uint8Array
 * ```
 */
export class MemoryFolder {
  /** What is in it: folders by name, and files as bytes. It is another object when a program has ended. */
  files: Readonly<Tree>;

  /**
   * @param files - what is in it, by name: bytes, strings, which are written as UTF-8, and objects of the same kind, which are folders.
   * @throws ArgumentError ERR_ARGUMENT_TYPE or ERR_ARGUMENT_VALUE.
   */
  constructor(files: Files = {}) {
    this.files = treeOf("MemoryFolder", files);
  }
}

/** How a folder of the host is handed over. */
export interface HostFolderOptions {
  /** Whether what the program has left is written back when it has ended; by default false. */
  readonly writeBack?: boolean | undefined;
}

/**
 * A folder of the host, whose files are copied for the program: it sees nothing else, and changes its copy alone. Links that lead
 * out of the folder are left out.
 */
export class HostFolder {
  /** Where it is on the host. */
  readonly path: string;
  /** Whether what the program has left is written back. */
  readonly writeBack: boolean;

  /**
   * @param path - of the folder on the host.
   * @throws ArgumentError ERR_ARGUMENT_TYPE or ERR_ARGUMENT_VALUE.
   */
  constructor(path: string, options?: HostFolderOptions) {
    const { writeBack = false } = readOptions("HostFolder", options, ["writeBack"]);
    this.path = checkText("HostFolder", "the path of a folder", path);
    this.writeBack = checkBoolean("HostFolder", "writeBack", writeBack);
  }
}

const DEPTH_MAX = 100;

/** @throws ArgumentError for what is no tree of files. */
export function treeOf(caller: string, files: unknown, depth = 0): Tree {
  const isNone = typeof files !== "object" || files === null || Array.isArray(files) || isBytes(files);
  if (isNone || depth > DEPTH_MAX)
    throw wrongArgument(caller, "a folder as an object of files and folders", files);
  const tree: Record<string, Uint8Array | Tree> = Object.create(null);
  for (const [name, entry] of Object.entries(files as Record<string, unknown>)) {
    if (name === "" || name === "." || name === ".." || name.includes("/") || name.includes("\0"))
      throw wrongArgument(caller, "names of files without '/'", name, "ERR_ARGUMENT_VALUE");
    const isFile = typeof entry === "string" || isBytes(entry);
    // Copied, since what is handed over may be changed at once.
    tree[name] = isFile ? bytesOf(caller, entry).slice() : treeOf(caller, entry, depth + 1);
  }
  return tree;
}

export function isBytes(value: unknown): boolean {
  return ArrayBuffer.isView(value) || value instanceof ArrayBuffer;
}
