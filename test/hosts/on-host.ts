/**
 * Owns running the contract of hosts (suite/) on one host, and reporting each case to vitest. A test file names the host and
 * what is expected of it; everything else is here. Knows no host.
 */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { HostDriver, HostSearch, HostSession, Json } from "../../hosts/driver.ts";
import { makeCertificates } from "../io/certificates.ts";
import { hasClang, IN_C, programInC } from "../wasi/programs.ts";
import { answersAlone } from "./alone.ts";
import { programFor } from "./bundle.ts";
import { type Services, startServices } from "./services.ts";
import type { Here, SuiteReport } from "./suite/case.ts";
import { cases } from "./suite/main.ts";
import { traces } from "./suite/traces.ts";

/** What a host is expected to be; what it finds on this machine is added here. */
export type Expected = Omit<Here, keyof typeof NOTHING_READY | "programs">;

/** Before anything stands ready. */
const NOTHING_READY = { echoPort: 0, url: "", otherUrl: "", certificates: null, tlsPort: 0 };

/** Without a compiler for C those cases are left out; a test of its own (test/wasi) says so, and fails where one is required. */
const programs = hasClang()
  ? Object.fromEntries(IN_C.map((name) => [name, Buffer.from(programInC(name)).toString("base64")]))
  : null;

/** Firefox needs a dozen seconds just to start, and more on a busy machine. */
const HOST_MS_MAX = 150_000;
const ALONE_MS_MAX = 50_000;

/** Runs the suite on the host. If it is missing, its tests are skipped, or fail where all hosts are required. */
export async function onHost(driver: HostDriver, expected: Expected): Promise<void> {
  const search = await driver.find();
  const label = search.found ? `${driver.name} ${search.version}` : driver.name;
  describe(label, () => {
    test("is on this machine", ({ task, skip }) => {
      // For the table at the end (table.ts).
      task.meta.host = { name: driver.name, search };
      if (!search.found && process.env.CI === undefined) skip(`not found; ${search.howToGet}`);
      expect(search).toMatchObject({ found: true });
    });
    if (search.found) suiteOn(driver, expected);
  });
}

function suiteOn(driver: HostDriver, expected: Expected): void {
  let services: Services;
  let session: HostSession;
  let report: SuiteReport;

  async function answerOf(source: string, timeoutMs: number): Promise<unknown> {
    const file = await programFor(driver, source);
    const { close, ...ready } = services;
    const here: Here = { ...expected, ...ready, programs };
    return await session.run({ file, config: here as unknown as Json, timeoutMs });
  }

  beforeAll(async () => {
    services = await startServices();
    session = await driver.start();
    report = (await answerOf("suite/main.ts", HOST_MS_MAX - 10_000)) as SuiteReport;
  }, HOST_MS_MAX);

  afterAll(async () => {
    await session?.close();
    await services?.close();
  });

  const here: Here = { ...expected, ...NOTHING_READY, certificates: makeCertificates() ?? null, programs };
  test.each(cases.filter(({ needs }) => needs(here)).map(({ name }) => name))("%s", (name) => {
    const outcome = report.outcomes.find((each) => each.name === name);
    expect(outcome).toMatchObject({ error: null });
  });

  test("the traces of the fuzzer's programs are those of this host, byte by byte", async () => {
    expect(report.traces).toEqual(await traces());
  });

  test.each(Object.entries(answersAlone))("wasyncio/%s is loaded alone", async (name, answer) => {
    expect(await answerOf(`alone/${name}.ts`, ALONE_MS_MAX)).toEqual(answer);
  });
}

/** What the table at the end learns about a host. */
export interface HostMeta {
  readonly name: string;
  readonly search: HostSearch;
}

declare module "vitest" {
  interface TaskMeta {
    host?: HostMeta;
  }
}
