/**
 * Owns the cleaning away of a Unix socket's file whose server has died. A process that is killed leaves its file behind,
 * and the next one could not listen there again.
 */
import { lstat, unlink } from "node:fs";
import { connect } from "node:net";

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
