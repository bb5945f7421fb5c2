/**
 * Owns what is peculiar to the paths of Unix sockets: how long one may be, what a refusal means, and the cleaning away of a
 * socket's file whose server has died. A process that is killed leaves its file behind, and the next one could not listen
 * there again.
 */
import { Buffer } from "node:buffer";
import { lstat, statSync, unlink } from "node:fs";
import { connect } from "node:net";
import { dirname } from "node:path";
import { platform } from "node:process";
import type { Guarded } from "./guarded-network.ts";
import type { HostFailure } from "./network.ts";

/** What fits into the system's `sun_path` beside the zero at its end. Windows has pipes, which are no files. */
const PATH_BYTES_MAX =
  { win32: Number.POSITIVE_INFINITY, linux: 107, android: 107 }[platform as string] ?? 103;

/** A path that is too long. Node would cut it, and listen elsewhere. */
export function pathRefusal(target: Guarded): HostFailure | undefined {
  if (target.path === undefined) return undefined;
  const count = Buffer.byteLength(target.path);
  if (count <= PATH_BYTES_MAX) return undefined;
  return {
    code: "ENAMETOOLONG",
    reason: `the path has ${count} bytes, and the system takes ${PATH_BYTES_MAX}`,
  };
}

/** The path, by which Node knows it for one: it takes a number for a port. */
export function fileOf(path: string): string {
  return Number.isNaN(Number(path)) ? path : `./${path}`;
}

/** Why a path cannot be listened on. For a folder that is not there, Node says EACCES, as if it were a matter of leave. */
export function pathFailure(path: string, failure: HostFailure): HostFailure {
  if (failure.code !== "EACCES") return failure;
  const folder = dirname(path);
  try {
    statSync(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT")
      return { code: "ENOENT", reason: `there is no folder '${folder}'` };
  }
  return failure;
}

/** Removes the file if it is a socket that nobody listens on. Never touches another file, nor a server's that is alive. */
export function removeStaleSocket(path: string, done: (removed: boolean) => void): void {
  lstat(path, (error, stats) => {
    if (error !== null || !stats.isSocket()) {
      done(false);
      return;
    }
    const probe = connect({ path });
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
