/**
 * Owns folders on Deno, which are those of Node's module but for what is not permitted: Deno says so without a code.
 */
import type { HostFolders } from "./folders.ts";
import { nodeFolders } from "./node-folders.ts";

export const denoFolders: HostFolders = {
  read: (path) => permitted(() => nodeFolders.read(path)),
  write: (path, tree) => permitted(() => nodeFolders.write(path, tree)),
};

function permitted<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    // Its message names the flag.
    if (error instanceof Error && error.name === "NotCapable") throw Object.assign(error, { code: "EACCES" });
    throw error;
  }
}
