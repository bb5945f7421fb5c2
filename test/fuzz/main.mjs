// The command line of a campaign: --programs N --seed N [--features gather,lock].
//
// Owns the arguments and the exit code, which is 1 when a program made a difference. Must not know what a
// campaign does. Vite reads the TypeScript, by the same configuration as the tests.

import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { runnerImport } from "vite";

const { values } = parseArgs({
  options: {
    programs: { type: "string", default: "20000" },
    seed: { type: "string", default: String(Math.floor(Math.random() * 2 ** 31)) },
    features: { type: "string", default: "" },
  },
});

const { module } = await runnerImport(fileURLToPath(new URL("campaign.ts", import.meta.url)), {
  root: fileURLToPath(new URL("../..", import.meta.url)),
  configFile: "vitest.config.ts",
});
const { campaign } = /** @type {typeof import("./campaign.ts")} */ (module);

const found = await campaign({
  programs: Number(values.programs),
  seed: Number(values.seed),
  features: values.features.split(",").filter((feature) => feature !== ""),
});
process.exitCode = found > 0 ? 1 : 0;
