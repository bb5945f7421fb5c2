/**
 * Owns what is peculiar to the paths of Unix sockets: how long one may be, what a refusal means, and removing the
 * file of a socket whose server has died. A process that is killed leaves its file behind, and the next one could not listen
 * there.
 */
import { Buffer } from "node:buffer";
import { dirname } from "node:path";
import type { Guarded } from "./guarded-network.ts";
import type { HostFailure } from "./network.ts";
import { builtin } from "./node-builtin.ts";

/** What fits into the system's `sun_path` before the terminating zero. Windows has pipes, which are not files. */
const PATH_BYTES_MAX =
  { win32: Number.POSITIVE_INFINITY, linux: 107, android: 107 }[process.platform as string] ?? 103;

/** A path that is too long. Node would truncate it, and listen elsewhere. */
export function pathRefusal(target: Guarded): HostFailure | undefined {
  if (target.path === undefined) return undefined;
  const count = Buffer.byteLength(target.path);
  if (count <= PATH_BYTES_MAX) return undefined;
  return {
    code: "ENAMETOOLONG",
    reason: `the path has ${count} bytes, but the system allows ${PATH_BYTES_MAX}; choose a shorter one, such as one in /tmp or /run`,
  };
}

/** The path, in a form that Node recognizes as one: it takes a number for a port. */
export function fileOf(path: string): string {
  return Number.isNaN(Number(path)) ? path : `./${path}`;
}

/** Why a path cannot be listened on. For a missing directory Node reports EACCES, as if it were a matter of permission. */
export function pathFailure(path: string, failure: HostFailure): HostFailure {
  if (failure.code !== "EACCES") return failure;
  const folder = dirname(path);
  try {
    builtin("node:fs").statSync(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT")
      return { code: "ENOENT", reason: `the directory '${folder}' does not exist` };
  }
  return failure;
}

/** Removes the file if it is a stale socket. Never touches any other file, nor that of a live server. */
export function removeStaleSocket(path: string, done: (removed: boolean) => void): void {
  const { lstat, unlink } = builtin("node:fs");
  lstat(path, (error, stats) => {
    if (error !== null || !stats.isSocket()) {
      done(false);
      return;
    }
    const probe = builtin("node:net").connect({ path });
    probe.on("connect", () => {
      probe.destroy();
      done(false);
    });
    probe.on("error", (refused: NodeJS.ErrnoException) => {
      if (refused.code === "ECONNREFUSED") unlink(path, (failed) => done(failed === null));
      else done(false);
    });
  });
}
