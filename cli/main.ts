#!/usr/bin/env node
// The command `wasyncio`: passes on the arguments, prints the result, and ends with an exit code.
// Runs as dist/cli/main.js. Another command is a file here and a line in commands.ts.
import { readFileSync } from "node:fs";
import { readCommandLine, UsageError, usageOf } from "./command-line.ts";
import { commands } from "./commands.ts";

const BAD_USE = 2;

try {
  const wanted = readCommandLine(process.argv.slice(2), commands);
  if (wanted === "help") console.log(usageOf(commands));
  else if (wanted === "version") console.log(ownVersion());
  else process.exitCode = await wanted.command.run(wanted.args);
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  console.error(`wasyncio: ${error.message}`);
  process.exitCode = BAD_USE;
}

function ownVersion(): string {
  const manifest = new URL("../../package.json", import.meta.url);
  return (JSON.parse(readFileSync(manifest, "utf8")) as { version: string }).version;
}
