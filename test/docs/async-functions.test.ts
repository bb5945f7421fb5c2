/** Runs the programs of docs/async-functions.md, and tries its table of what is taken. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import {
  adopt,
  asCompleted,
  createTask,
  ensureFuture,
  gather,
  getRunningLoop,
  Lock,
  run,
  shield,
  sleep,
  TaskGroup,
  timeout,
  timeoutAt,
  wait,
  waitFor,
} from "wasyncio";
import { linesPrintedBy, programsIn } from "./programs.ts";

const FILE = "docs/async-functions.md";
/** The others are pieces of a program. */
const programs = programsIn(FILE).filter((program) => /^import .*\brun\b/m.test(program));

describe(FILE, () => {
  it("has programs", () => {
    expect(programs).toHaveLength(4);
  });

  it.each(programs.map((program, index) => [index + 1, program] as const))(
    "program %i prints what it says",
    async (number, program) => {
      const expected = [...program.matchAll(/console\.log\(.*\).*; \/\/ (.+)$/gm)].map((found) => found[1]);
      expect(expected).not.toEqual([]);
      const printed = await linesPrintedBy(`async-functions${number}`, program);
      expect(printed.sort()).toEqual(expected.sort());
    },
  );
});

/** What each column of the table is about. */
const GIVEN: Readonly<Record<string, readonly (() => unknown)[]>> = {
  "function: generator, async, or one that returns a promise": [
    () =>
      function* () {
        return yield* sleep(1, "value");
      },
    () => async () => await sleep(1, "value"),
    () => () => Promise.resolve("value"),
  ],
  coroutine: [
    () =>
      (function* () {
        return yield* sleep(1, "value");
      })(),
  ],
  "future, task": [
    () => {
      const future = getRunningLoop().createFuture<string>();
      future.setResult("value");
      return future;
    },
    () => createTask(sleep(1, "value")),
  ],
  promise: [() => Promise.resolve("value")],
};

/** What takes it, and gives "value". */
const TAKING: Readonly<Record<string, (given: never) => unknown>> = {
  gather: async (given) => (await gather(given as () => Promise<string>))[0],
  asCompleted: async (given) => {
    for await (const future of asCompleted([given])) return await future;
  },
  shield: (given) => shield(given),
  waitFor: (given) => waitFor(given, 1000),
  ensureFuture: (given) => ensureFuture(given),
  createTask: (given) => createTask(given),
  "TaskGroup.createTask": (given) => new TaskGroup().with(async (group) => await group.createTask(given)),
  wait: async (given) => {
    const [done] = await wait([given]);
    return ([...done][0] as { result(): unknown } | undefined)?.result();
  },
  timeout: (given) => timeout(1000, given),
  timeoutAt: (given) => timeoutAt(getRunningLoop().time() + 1000, given),
  "TaskGroup.with": (given) => new TaskGroup().with(given),
  "lock.with": (given) => new Lock().with(given),
  adopt: (given) => adopt(given),
};

/** The table's rows, one for each function that a row names. */
function rowsOfTable(): [name: string, cells: string[]][] {
  const lines = readFileSync(new URL(`../../${FILE}`, import.meta.url), "utf8").split("\n");
  const begin = lines.findIndex((line) => line.startsWith("| | function"));
  const rows = lines.slice(begin, lines.indexOf("", begin)).map((line) =>
    line
      .split("|")
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
  expect(rows[0]?.slice(1)).toEqual(Object.keys(GIVEN));
  return rows
    .slice(2)
    .flatMap(([names = "", ...cells]) =>
      [...names.matchAll(/`(.+?)`/g)].map((found): [string, string[]] => [found[1] ?? "", cells]),
    );
}

describe("the table of what is taken", () => {
  const rows = rowsOfTable();

  it("has a row for each", () => {
    expect(rows.map(([name]) => name).sort()).toEqual([...Object.keys(TAKING), "run"].sort());
  });

  it.each(rows)("%s", async (name, cells) => {
    const columns = Object.values(GIVEN);
    for (const [index, cell] of cells.entries()) {
      for (const make of columns[index] ?? []) {
        // What is given to `run` itself is made outside; for that nothing but functions will do here.
        const taking = TAKING[name];
        if (taking === undefined && index > 0) continue;
        const outcome = await (taking === undefined
          ? run(make() as never)
          : run(async () => await taking(make() as never))
        ).catch((error: Error) => error);
        if (cell === "–") expect(outcome).toBeInstanceOf(Error);
        else expect(outcome).toBe("value");
      }
    }
  });
});
