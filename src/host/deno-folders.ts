/**
 * Owns what is Deno's alone about folders: what is not permitted is said without a code.
 */
import type { HostFolders } from "./folders.ts";

/** The folders, with a code for what is not permitted. */
export function denoFolders(folders: HostFolders): HostFolders {
  return {
    read: (path) => permitted(() => folders.read(path)),
    write: (path, tree) => permitted(() => folders.write(path, tree)),
  };
}

function permitted<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    // Its message names the flag.
    if (error instanceof Error && error.name === "NotCapable") throw Object.assign(error, { code: "EACCES" });
    throw error;
  }
}
