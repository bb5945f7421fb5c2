/**
 * A tour of wasyncio: real servers on this machine, and programs on the loop that use them.
 *
 *   npm start              all parts
 *   npm start -- --list    lists the parts
 *   npm start -- NAME      one part
 */
import { parseArgs } from "node:util";
import type { Part } from "./part.ts";
import { callback } from "./parts/callback.ts";
import { cancel } from "./parts/cancel.ts";
import { clients } from "./parts/clients.ts";
import { hello } from "./parts/hello.ts";
import { pages } from "./parts/pages.ts";
import { periodic } from "./parts/periodic.ts";
import { policy } from "./parts/policy.ts";
import { timeouts } from "./parts/timeouts.ts";

const parts: readonly Part[] = [hello, pages, timeouts, periodic, callback, cancel, policy, clients];

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { list: { type: "boolean", default: false } },
});

if (values.list) {
  for (const part of parts) console.log(`${part.name.padEnd(10)} ${part.title}`);
} else {
  const chosen = positionals.length === 0 ? parts : parts.filter((part) => positionals.includes(part.name));
  const unknown = positionals.filter((name) => !parts.some((part) => part.name === name));
  if (unknown.length > 0) {
    console.error(`unknown part ${unknown.join(", ")}; npm start -- --list lists the parts`);
    process.exitCode = 2;
  } else {
    await tour(chosen);
  }
}

async function tour(chosen: readonly Part[]): Promise<void> {
  const summary: string[] = [];
  for (const part of chosen) {
    console.log(`\n── ${part.name}: ${part.title}`);
    const startMs = performance.now();
    let outcome: string;
    try {
      outcome = await part.run((text) => {
        console.log(`  ${(performance.now() - startMs).toFixed(0).padStart(5)} ms  ${text}`);
      });
    } catch (error) {
      process.exitCode = 1;
      outcome = `FAILED: ${error instanceof Error ? error.stack : error}`;
    }
    summary.push(
      `${part.name.padEnd(10)} ${(performance.now() - startMs).toFixed(0).padStart(6)} ms  ${outcome}`,
    );
  }
  console.log(`\n── summary\n${summary.map((line) => `  ${line}`).join("\n")}`);
  const left = process.getActiveResourcesInfo().filter((name) => !/^(TTY|Pipe|FS)/.test(name));
  console.log(left.length === 0 ? "  nothing is left open" : `  left open: ${left.join(", ")}`);
  if (left.length > 0) process.exitCode = 1;
}
