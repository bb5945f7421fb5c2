/**
 * Owns the table at the end of a run of tests: each host with how many of its tests passed and failed, and how to get those
 * that were not found. A reporter of vitest, beside its own.
 */
import type { Reporter, TestCase, TestModule } from "vitest/node";
import type { HostMeta } from "./on-host.ts";

interface Row {
  passed: number;
  failed: number;
  readonly meta: HostMeta;
}

export class HostTable implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const rows = modules.flatMap(rowsOf);
    if (rows.length === 0) return;
    const names = rows.map(({ meta }) => nameOf(meta));
    const width = Math.max(...names.map((name) => name.length));
    const lines = rows.map((row, index) => `  ${(names[index] as string).padEnd(width)}  ${toldOf(row)}`);
    process.stdout.write(`\n Hosts\n${lines.sort().join("\n")}\n\n`);
  }
}

/** A row for each host of a test file: its describe holds one test that identifies the host. */
function rowsOf(module: TestModule): Row[] {
  const rows: Row[] = [];
  for (const suite of module.children.suites()) {
    const tests = [...suite.children.allTests()];
    const meta = tests.map((test) => test.meta().host).find((host) => host !== undefined);
    if (meta !== undefined)
      rows.push({ meta, passed: count(tests, "passed"), failed: count(tests, "failed") });
  }
  return rows;
}

function count(tests: readonly TestCase[], state: "passed" | "failed"): number {
  return tests.filter((test) => test.result().state === state).length;
}

function nameOf({ name, search }: HostMeta): string {
  return search.found ? `${name} ${search.version}` : name;
}

function toldOf({ meta, passed, failed }: Row): string {
  if (!meta.search.found) return `not found; ${meta.search.howToGet}`;
  return failed === 0 ? `${passed} passed` : `${passed} passed, ${failed} FAILED`;
}
