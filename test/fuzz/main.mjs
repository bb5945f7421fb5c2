// Judges random programs by CPython for as long as one likes.
//
//   npm run fuzz -- --programs 20000 --seed 1
//   npm run fuzz -- --async            async functions instead of generators
//   npm run fuzz -- --mixed            both at once, with what asyncio has no counterpart for: judged by properties
//   npm run fuzz -- --mixed --without-async-context
//   npm run fuzz -- --mixed --any-order            in legal orders that are not the loop's own, as explore has them
//   npm run fuzz -- --mixed --mutant NAME         with a mistake planted (mixed/mutants.mjs), up to the first that shows it
//
// Owns the command line. Vite runs the TypeScript as the tests run it, with the same aliases.

import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { runnerImport } from "vite";
import { MUTANTS, planting } from "./mixed/mutants.mjs";

/** No mistake, but the same search. */
const NO_MUTANT = "none";

const { values } = parseArgs({
  options: {
    programs: { type: "string", default: "20000" },
    seed: { type: "string", default: String(Math.floor(Math.random() * 2 ** 32)) },
    async: { type: "boolean", default: false },
    mixed: { type: "boolean", default: false },
    "without-async-context": { type: "boolean", default: false },
    "any-order": { type: "boolean", default: false },
    mutant: { type: "string" },
  },
});
const programs = wholeNumber("programs", values.programs);
const seed = wholeNumber("seed", values.seed);

const mutant = MUTANTS.find(({ name }) => name === values.mutant);
if (mutant === undefined && values.mutant !== undefined && values.mutant !== NO_MUTANT) {
  console.error(`--mutant needs '${NO_MUTANT}' or a name of mixed/mutants.mjs, got '${values.mutant}'`);
  process.exitCode = 2;
} else if (programs !== undefined && seed !== undefined) {
  /** @param {string} path */
  const source = (path) => fileURLToPath(new URL(`../../src/${path}`, import.meta.url));
  const config = {
    plugins: mutant === undefined ? [] : [planting(mutant)],
    resolve: {
      alias: [
        { find: /^wasyncio$/, replacement: source("entry/node.ts") },
        { find: /^wasyncio\/testing$/, replacement: source("testing/index.ts") },
      ],
    },
  };
  /** @param {string} path */
  const imported = async (path) =>
    (await runnerImport(fileURLToPath(new URL(path, import.meta.url)), config)).module;
  /** @param {string} text */
  const print = (text) => console.log(text);
  print(`${programs} programs from seed ${seed} on`);
  if ((await failures(imported, print)) > 0) process.exitCode = 1;
}

/**
 * @param {(path: string) => Promise<unknown>} imported
 * @param {(text: string) => void} print
 */
async function failures(imported, print) {
  if (programs === undefined || seed === undefined) return 0;
  if (values.mixed) {
    const { findsOne, mixedCampaign, shuffled, HOSTS } = /** @type {typeof import("./mixed/campaign.ts")} */ (
      await imported("./mixed/campaign.ts")
    );
    const host = HOSTS[values["without-async-context"] ? "without async context" : "with async context"];
    const options = values["any-order"] ? shuffled(host) : host;
    if (values.mutant !== undefined) return Number(await findsOne(programs, seed, options, print));
    return mixedCampaign(programs, seed, options, print);
  }
  const { campaign } = /** @type {typeof import("./campaign.ts")} */ (await imported("./campaign.ts"));
  return campaign({ programs, seed, asyncFunctions: values.async, print });
}

/**
 * @param {string} name
 * @param {string} text
 */
function wholeNumber(name, text) {
  if (/^\d+$/.test(text)) return Number(text);
  console.error(`--${name} needs a whole number, got '${text}'`);
  process.exitCode = 2;
  return undefined;
}
