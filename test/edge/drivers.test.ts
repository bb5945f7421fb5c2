/** The drivers of the edge's hosts: a program's answer and its error come back, time-outs end it, and nothing is left. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, test as anyTest, describe, expect } from "vitest";
import type { HostDriver, HostSession, Json } from "../../hosts/driver.ts";
import { edgeRuntime } from "../../hosts/edge-runtime.ts";
import { workerd, workerdPlain } from "../../hosts/workerd.ts";
import { isExpected } from "../hosts/presence.ts";
import { Bundles } from "./bundle.ts";

const TIMEOUT_MS = 30_000;

/** Where the drivers, and nothing else, put what they need. */
const folder = mkdtempSync(join(tmpdir(), "wasyncio-drivers-"));
process.env.TMPDIR = folder;

const bundles = new Bundles();
afterAll(async () => {
  await bundles.remove();
  rmSync(folder, { recursive: true });
});

async function withSession<T>(driver: HostDriver, body: (session: HostSession) => Promise<T>): Promise<T> {
  const session = await driver.start();
  try {
    return await body(session);
  } finally {
    await session.close();
  }
}

async function runText(driver: HostDriver, text: string, config: Json = null): Promise<Json> {
  const file = await bundles.plain(text);
  return await withSession(driver, (session) => session.run({ file, config, timeoutMs: TIMEOUT_MS }));
}

/** The processes that this one has started and that still run: their ids and commands. */
function descendants(): string[] {
  const parents = new Map<string, string>();
  const commands = new Map<string, string>();
  for (const id of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
    try {
      const stat = readFileSync(`/proc/${id}/stat`, "utf8");
      const [state, parent] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
      if (state === "Z") continue;
      parents.set(id, parent as string);
      commands.set(id, readFileSync(`/proc/${id}/cmdline`, "utf8").replaceAll("\0", " "));
    } catch {
      // It has ended meanwhile.
    }
  }
  const isOurs = (id: string): boolean => {
    const parent = parents.get(id);
    return parent === String(process.pid) || (parent !== undefined && isOurs(parent));
  };
  // The bundler keeps a process of its own, which ends with this one.
  return [...parents.keys()].filter(isOurs).filter((id) => !/esbuild/.test(commands.get(id) ?? ""));
}

function foldersLeft(): string[] {
  return readdirSync(folder).filter((name) => /^wasyncio-(workerd|edge-runtime)-/.test(name));
}

describe.for([
  { name: "workerd", driver: workerd, condition: "workerd", expected: await isExpected(workerd) },
  {
    name: "workerd without nodejs_compat",
    driver: workerdPlain,
    condition: "workerd",
    expected: await isExpected(workerdPlain),
  },
  {
    name: "edge-runtime",
    driver: edgeRuntime,
    condition: "edge-light",
    expected: await isExpected(edgeRuntime),
  },
] as const)("the driver of $name", ({ name, driver, condition, expected }) => {
  const test = anyTest.skipIf(!expected);

  test("finds its host", async () => {
    expect(await driver.find()).toEqual({ found: true, version: expect.stringMatching(/^\d/) });
    expect([driver.name, driver.takes, driver.conditions]).toEqual([name, "bundle", [condition]]);
  });

  test("answers with what main returns, and hands it the config", async () => {
    const config = { text: 'quotes " and \\ and ü', list: [1, null, true] };
    expect(
      await runText(
        driver,
        `export default async (config) => ({ got: config, at: typeof Response });`,
        config,
      ),
    ).toEqual({ got: config, at: "function" });
    expect(await runText(driver, `export default async () => {};`)).toBe(null);
  });

  test("answers of several megabytes come whole", async () => {
    const answer = await runText(driver, `export default async () => "ä\\n".repeat(1_000_000);`);
    expect(answer).toHaveLength(2_000_000);
  });

  test("runs the package, with its core next to the bundle", async () => {
    const file = await bundles.ofText(
      condition,
      `import { gather, getRunningLoop, run, sleep } from "wasyncio";
       export default async () => await run(function* () {
         const names = yield* gather(sleep(20, "b"), sleep(1, "a"));
         return [getRunningLoop().scheduler.host.name, ...names];
       });`,
    );
    const answer = await withSession(driver, (session) =>
      session.run({ file, config: null, timeoutMs: TIMEOUT_MS }),
    );
    expect(answer).toEqual([condition, "b", "a"]);
  });

  test("carries what main throws, synchronously or not, over with its message", async () => {
    await expect(
      runText(driver, `export default async () => { throw new Error("no such luck"); };`),
    ).rejects.toThrow("no such luck");
    await expect(runText(driver, `export default async () => { await null.absent; };`)).rejects.toThrow(
      /null/,
    );
  });

  test("a program that cannot be loaded is an error that says why", async () => {
    await expect(runText(driver, `throw new Error("at load"); export default 1;`)).rejects.toThrow("at load");
    await expect(runText(driver, `export default (;`)).rejects.toThrow(/Unexpected|Syntax/);
  });

  test("hands over the lines that are printed", async () => {
    const file = await bundles.plain(
      `export default async () => { console.log("one"); console.log("two"); return 3; };`,
    );
    const lines: string[] = [];
    await withSession(driver, (session) =>
      session.run({ file, config: null, timeoutMs: TIMEOUT_MS, onLine: (line) => lines.push(line) }),
    );
    expect(lines).toEqual(["one", "two"]);
  });

  test.each([
    ["waits", "await new Promise((resolve) => setTimeout(resolve, 600_000));"],
    ["is busy", "for (;;) {}"],
  ])("ends a program that %s for too long, and leaves nothing behind", async (_how, body) => {
    const file = await bundles.plain(`export default async () => { ${body} };`);
    const startMs = performance.now();
    await withSession(driver, async (session) => {
      await expect(session.run({ file, config: null, timeoutMs: 1000 })).rejects.toThrow(
        "not done after 1000 ms",
      );
    });
    expect(performance.now() - startMs).toBeLessThan(8000);
    expect(descendants()).toEqual([]);
    expect(foldersLeft()).toEqual([]);
  });

  test("close ends a program that is running, and may be repeated", async () => {
    const file = await bundles.plain(
      `export default async () => { console.log("begun"); await new Promise((resolve) => setTimeout(resolve, 600_000)); };`,
    );
    const session = await driver.start();
    let onBegun = () => {};
    const begun = new Promise<void>((resolve) => {
      onBegun = resolve;
    });
    const running = session
      .run({ file, config: null, timeoutMs: TIMEOUT_MS, onLine: () => onBegun() })
      .catch((error: unknown) => error);
    await begun;
    await session.close();
    await session.close();
    const outcome = await running;
    expect(String(outcome)).toMatch(/ended with null and no answer/);
    expect(descendants()).toEqual([]);
    expect(foldersLeft()).toEqual([]);
  });
});

const test = anyTest.skipIf(!(await isExpected(workerd)));

test("workerd has Node's modules with nodejs_compat, and not without", async () => {
  const text = `export default async () => {
    try {
      return typeof (await import("node:async_hooks")).AsyncLocalStorage;
    } catch (error) {
      return String(error.message);
    }
  };`;
  expect(await runText(workerd, text)).toBe("function");
  expect(await runText(workerdPlain, text)).toMatch(/node:async_hooks/);
});

test("workerd reaches this machine and nothing beyond it", async () => {
  const text = `import { connect } from "cloudflare:sockets";
    export default async () => {
      const socket = connect("192.0.2.1:9");
      return await socket.opened.then(() => "opened", (error) => error.message);
    };`;
  expect(await runText(workerd, text)).toMatch(/not allowed|denied|cannot connect/i);
});
