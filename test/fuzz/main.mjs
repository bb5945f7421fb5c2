// Judges random programs by CPython for as long as one likes.
//
//   npm run fuzz -- --programs 20000 --seed 1
//   npm run fuzz -- --async            async functions instead of generators
//
// Owns the command line. Vite runs the TypeScript as the tests run it, with the same aliases.

import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { runnerImport } from "vite";

const { values } = parseArgs({
  options: {
    programs: { type: "string", default: "20000" },
    seed: { type: "string", default: String(Math.floor(Math.random() * 2 ** 32)) },
    async: { type: "boolean", default: false },
  },
});
const programs = wholeNumber("programs", values.programs);
const seed = wholeNumber("seed", values.seed);

if (programs !== undefined && seed !== undefined) {
  /** @param {string} path */
  const source = (path) => fileURLToPath(new URL(`../../src/${path}`, import.meta.url));
  const { module } = await runnerImport(fileURLToPath(new URL("./campaign.ts", import.meta.url)), {
    resolve: {
      alias: [
        { find: /^wasyncio$/, replacement: source("entry/node.ts") },
        { find: /^wasyncio\/testing$/, replacement: source("testing/index.ts") },
      ],
    },
  });
  const { campaign } = /** @type {typeof import("./campaign.ts")} */ (module);
  console.log(`${programs} programs from seed ${seed} on`);
  const asyncFunctions = values.async;
  const mismatches = await campaign({ programs, seed, asyncFunctions, print: (text) => console.log(text) });
  if (mismatches > 0) process.exitCode = 1;
}

/**
 * @param {string} name
 * @param {string} text
 */
function wholeNumber(name, text) {
  if (/^\d+$/.test(text)) return Number(text);
  console.error(`--${name} needs a whole number, and got '${text}'`);
  process.exitCode = 2;
  return undefined;
}
