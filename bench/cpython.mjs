// Owns how the programs of cpython.py are run and their times come back. Knows nothing of what they do.

import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { compare } from "./compare.mjs";

/** @typedef {import("./compare.mjs").Comparison} Comparison */
/** @typedef {import("./compare.mjs").Result} Result */

const SCRIPT = fileURLToPath(new URL("cpython.py", import.meta.url));

/**
 * Compares with a program of cpython.py; where there is no Python that has TaskGroup, the result says so.
 *
 * @param {string} program - what it is called there.
 * @param {Omit<Comparison, "theirs">} comparison
 * @returns {Promise<Result>}
 */
export async function compareWithCpython(program, comparison) {
  const missing = whatIsMissing();
  if (missing !== undefined) return { what: comparison.what, figure: missing, detail: "not compared" };
  return compare({ ...comparison, theirs: { ns: () => nsOf(program, comparison.operations) } });
}

/** @param {string} program @param {number} operations */
function nsOf(program, operations) {
  const { status, stdout, stderr } = spawnSync("python3", [SCRIPT, program, String(operations)], {
    encoding: "utf8",
  });
  if (status !== 0) throw new Error(`cpython.py ${program} failed:\n${stderr}`);
  return /** @type {{ ns: number }} */ (JSON.parse(stdout)).ns;
}

function whatIsMissing() {
  const { error, status } = spawnSync("python3", ["-c", "from asyncio import TaskGroup"]);
  if (error !== undefined) return "no python3";
  return status === 0 ? undefined : "no python3 of 3.11";
}
