/** The walk over the declarations finds what it is there to find: each kind of mistake is made here once, on purpose. */
import { describe, expect, it } from "vitest";
import { ArgumentError, Future, getRunningLoop, type Operation, sleep, waitFor } from "wasyncio";
import { AREAS, declarations } from "./areas.ts";
import type { Callable } from "./declarations.ts";
import { type Area, aString, kind, options, type Row } from "./rows.ts";
import { COROUTINES } from "./tables/core.ts";
import { LOCKS } from "./tables/sync.ts";
import { complaintsAbout, complaintsAboutOptions, complaintsAboutReading, uncovered } from "./walker.ts";

describe("uncovered", () => {
  const { sleep: sleepRow, ...otherRows } = COROUTINES.rows;
  const others = Object.entries(AREAS).filter(([name]) => name !== "coroutines");
  const withRows = (rows: Record<string, Row>): Area[] => [
    ...others.map(([, area]) => area),
    { ...COROUTINES, rows },
  ];
  const complaints = (rows: Record<string, Row>) =>
    uncovered(declarations, withRows(rows), []).filter(
      (each) => /sleep|adopt|nap/.test(each) && !/EventLoop|NamedNetwork/.test(each),
    );

  it("misses nothing when all is there", () => {
    expect(complaints({ ...otherRows, sleep: sleepRow as Row })).toEqual([]);
  });

  it("reports an export without a row", () => {
    expect(complaints(otherRows)).toEqual(["sleep has no row"]);
  });

  it("reports a parameter and an option without a kind", () => {
    const { result: _, ...withoutResult } = sleepRow as Row;
    const adopt = {
      ...otherRows.adopt,
      options: options({ abort: kind(() => new AbortController()) }),
    } as Row;
    expect(complaints({ ...otherRows, sleep: withoutResult, adopt })).toEqual([
      "adopt has no kind for 'options.loop'",
      "sleep has no kind for its parameter 'result'",
    ]);
  });

  it("reports rows and parameters that are not declared", () => {
    const sleep = { ...sleepRow, unit: kind(() => "ms") };
    expect(complaints({ ...otherRows, sleep, nap: {} })).toEqual([
      "sleep has no parameter 'unit'",
      "there is no nap",
    ]);
  });

  it("reports a class without a receiver", () => {
    const { Barrier: _, ...receivers } = LOCKS.receivers;
    const areas = Object.values({ ...AREAS, locks: { ...LOCKS, receivers } });
    expect(uncovered(declarations, areas, [])).toContain("Barrier has no receiver");
  });
});

describe("complaintsAbout", () => {
  const declared: Callable = {
    name: "symbol",
    entry: "wasyncio",
    docs: "Takes a name.",
    parameters: new Map([
      ["name", { name: "name", optional: false, rest: false, optionNames: [] }],
      ["options", { name: "options", optional: true, rest: false, optionNames: ["limit"] }],
    ]),
  };

  async function about(symbol: (name: unknown) => unknown, words = "a name"): Promise<string[]> {
    const area: Area = { receivers: { symbol: () => symbol }, rows: { symbol: { name: aString(words) } } };
    return await complaintsAbout(area, "symbol", declared);
  }

  function refuse(name: unknown): void {
    if (typeof name !== "string") throw new ArgumentError("ERR_ARGUMENT_TYPE", "symbol needs a string");
  }

  it("has none about what refuses all that its row does not take", async () => {
    expect(await about(refuse)).toEqual([]);
  });

  it("are made about errors that are not the package's", async () => {
    const complaints = await about((name) => (name as string).trim());
    expect(complaints).toContainEqual(expect.stringMatching(/^name = null: threw TypeError \(Cannot read/));
    expect(complaints).toContainEqual(expect.stringMatching(/^name = 0: threw TypeError/));
  });

  it("are made about what is taken without a word", async () => {
    expect(await about(() => {})).toContain("name = {}: is taken, and the row does not say by which words");
  });

  it("are made about words that the TSDoc does not have", async () => {
    expect(await about(refuse, "a title")).toContain(`name = 'x': is taken, and no TSDoc says "a title"`);
  });

  it("are made about what is refused and should be taken", async () => {
    const complaints = await about(() => refuse(undefined));
    expect(complaints).toContainEqual(expect.stringMatching(/^name = 'x': is refused by ArgumentError/));
  });

  it("are made about an error that comes only when it is waited for", async () => {
    const complaints = await about((name) => {
      const late = new Future<void>();
      getRunningLoop().callSoon(() => {
        try {
          refuse(name);
          late.setResult();
        } catch (error) {
          late.setException(error);
        }
      });
      return late;
    });
    expect(complaints).toContainEqual(expect.stringMatching(/^name = null: .* only to whoever waits$/));
    expect(complaints).not.toContainEqual(expect.stringMatching(/^name = 'x'/));
  });

  it("are made about what waits, and about what cannot be ended", async () => {
    expect(await about((): Operation<void> => sleep(Number.POSITIVE_INFINITY))).toContain(
      "name = 'x': waits",
    );
    const deaf = () => {
      const future = new Future<void>();
      future.cancel = () => false;
      getRunningLoop().callLater(100_000, () => future.setResult());
      return waitFor(future, null);
    };
    expect(await about(deaf)).toContain("name = 'x': cannot be ended");
  });

  it("are made about what is reported instead of thrown", async () => {
    const complaints = await about((name) => {
      getRunningLoop().callSoon(() => (name as string).trim());
      return sleep(1);
    });
    expect(complaints).toContainEqual(expect.stringMatching(/^name = null: reported "Exception in callback/));
  });

  it("are made about options that a polluted prototype chooses, and about those of the program's own prototype that are not seen", async () => {
    const limit = kind(() => 1, ["a name", "1"]);
    const area = (symbol: (name: unknown, given?: { limit?: unknown }) => void): Area => ({
      receivers: { symbol: () => symbol },
      rows: { symbol: { name: aString("a name"), options: options({ limit }) } },
    });
    const check = (value: unknown) => {
      if (value !== undefined && value !== 1) throw new ArgumentError("ERR_ARGUMENT_TYPE", "a limit of 1");
    };
    const naive = area((_, given = {}) => check(given.limit));
    expect(await complaintsAboutOptions(naive, "symbol", declared)).toEqual([
      expect.stringMatching(/^Object.prototype.limit: refused/),
      expect.stringMatching(/^Object.prototype.limit, no options: refused/),
    ]);
    const spread = area((_, given) => check({ ...given }.limit));
    expect(await complaintsAboutOptions(spread, "symbol", declared)).toEqual([
      "Object.create({ limit }): not seen",
      "a class with limit: not seen",
      expect.stringMatching(/^Object.prototype.limit: refused/),
      expect.stringMatching(/^Object.prototype.limit, no options: refused/),
    ]);
  });
});

describe("complaintsAboutReading", () => {
  const about = (property: object, refusedToRead: Record<string, string> = {}) =>
    complaintsAboutReading(
      { receivers: { Thing: () => property }, rows: {}, refusedToRead },
      new Map([["Thing", ["state"]]]),
    );
  const refusing = {
    get state() {
      throw new ArgumentError("ERR_ARGUMENT_VALUE", "not in this state");
    },
  };
  const broken = {
    get state() {
      throw new TypeError("broken");
    },
  };

  it("are made about what cannot be read, unless the table knows it by the error's code", async () => {
    expect(await about({ state: 1 })).toEqual([]);
    expect(await about(refusing)).toEqual(["Thing.state: threw"]);
    expect(await about(refusing, { "Thing.state": "ERR_ARGUMENT_VALUE" })).toEqual([]);
    expect(await about(refusing, { "Thing.state": "ERR_ARGUMENT_TYPE" })).toEqual(["Thing.state: threw"]);
    expect(await about(broken, { "Thing.state": "ERR_ARGUMENT_VALUE" })).toEqual(["Thing.state: threw"]);
    expect(await about({ state: 1 }, { "Thing.state": "ERR_ARGUMENT_VALUE" })).toEqual([
      "Thing.state: returned",
    ]);
  });
});
