/** Owns asking npm what it would put into the tarball of a package of this repository. */
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { ROOT } from "./node-child.ts";

export interface Packed {
  readonly sizeBytes: number;
  /** Of its files, within the package. */
  readonly paths: readonly string[];
}

/** @param folder - of the package, from the repository's root. */
export function packed(folder: string): Packed {
  // npm's own scripts would be another way to start a build: ignored, the build under test is there already.
  const told = execFileSync("npm", ["pack", "--dry-run", "--json", "--ignore-scripts"], {
    cwd: join(ROOT, folder),
    encoding: "utf8",
    stdio: ["ignore", "pipe", "ignore"],
  });
  const [{ size, files }] = JSON.parse(told) as [{ size: number; files: { path: string }[] }];
  return { sizeBytes: size, paths: files.map(({ path }) => path) };
}
