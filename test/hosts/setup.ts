/** Vitest's global setup of the projects that test the package as it is installed. */
import { mkdtempSync, rmSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { TestProject } from "vitest/node";
import { packAndInstall } from "./package.ts";

const BUILD = fileURLToPath(new URL("../../build", import.meta.url));

/** @returns what takes it away at the end. */
export default function setup(project: TestProject): () => void {
  // Anew for each run, since two may go on at the same time.
  const folder = mkdtempSync(`${BUILD}/installed-`);
  const remove = () => rmSync(folder, { recursive: true, force: true });
  try {
    packAndInstall(folder);
  } catch (error) {
    remove();
    throw error;
  }
  project.provide("installed", folder);
  return remove;
}
