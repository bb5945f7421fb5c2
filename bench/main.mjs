// Measures the package as built against the host's own primitives, within one run, and holds it to its goals.
//
//   npm run bench                  everything, each benchmark in a process of its own
//   npm run bench -- NAME...       only these, one after the other in this process
//   npm run bench -- --strict      exits with 1 when a goal is missed by more than the tolerance
//
// Owns the list of benchmarks and the table; how two sides are compared is compare.mjs's business.

import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";

/** @typedef {import("./compare.mjs").Result} Result */

/** @type {Record<string, () => Promise<{ default: () => Promise<Result[]> }>>} */
const BENCHMARKS = {
  "call-soon": () => import("./call-soon.mjs"),
  timers: () => import("./timers.mjs"),
  switch: () => import("./switch.mjs"),
  gather: () => import("./gather.mjs"),
  "async-functions": () => import("./async-functions.mjs"),
  queue: () => import("./queue.mjs"),
  lock: () => import("./lock.mjs"),
  "task-group": () => import("./task-group.mjs"),
  memory: () => import("./memory.mjs"),
  "steady-state": () => import("./steady-state.mjs"),
};

/** How far a goal may be missed under --strict, as a share of it: what a shared machine's noise amounts to. */
const TOLERANCE = 0.25;

const args = process.argv.slice(2);
const names = args.filter((arg) => !arg.startsWith("--"));
const unknown = names.filter((name) => !(name in BENCHMARKS));

if (unknown.length > 0) {
  console.error(
    `no benchmark is called ${unknown.join(", ")}; there are ${Object.keys(BENCHMARKS).join(", ")}`,
  );
  process.exitCode = 2;
} else if (process.send !== undefined) {
  process.send(await runHere(names));
} else {
  const results = names.length > 0 ? await runHere(names) : await runApart(Object.keys(BENCHMARKS));
  printTable(results);
  const missed = results.some(({ missedBy = 0 }) => missedBy > TOLERANCE);
  if (missed && args.includes("--strict")) process.exitCode = 1;
}

/** @param {string[]} names */
async function runHere(names) {
  const results = [];
  for (const name of names) results.push(...((await (await BENCHMARKS[name]?.())?.default()) ?? []));
  return results;
}

/**
 * What one benchmark leaves behind, on the heap and in what the engine has learnt of the types, is not to colour the next.
 *
 * @param {string[]} names
 */
async function runApart(names) {
  /** @type {Result[]} */
  const results = [];
  for (const name of names) {
    process.stderr.write(`${name} ...\n`);
    results.push(...(await runInChild(name)));
  }
  return results;
}

/**
 * @param {string} name
 * @returns {Promise<Result[]>}
 */
function runInChild(name) {
  return new Promise((resolve, reject) => {
    const child = fork(fileURLToPath(import.meta.url), [name]);
    /** @type {Result[] | undefined} */
    let results;
    child.on("message", (message) => {
      results = /** @type {Result[]} */ (message);
    });
    child.on("exit", (code) => {
      if (results === undefined) reject(new Error(`the benchmark ${name} ended with ${code} and no result`));
      else resolve(results);
    });
  });
}

/** @param {Result[]} results */
function printTable(results) {
  const rows = results.map(({ what, figure, goal = "", missedBy, detail }) => {
    const verdict = missedBy === undefined ? "" : missedBy <= 0 ? "met" : "MISSED";
    return [what, figure, goal, verdict, detail];
  });
  const table = [["benchmark", "result", "goal", "", "in detail"], ...rows];
  const widths = [0, 1, 2, 3, 4].map((column) => Math.max(...table.map((row) => row[column]?.length ?? 0)));
  for (const row of table) {
    console.log(
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join("  ")
        .trimEnd(),
    );
  }
}
