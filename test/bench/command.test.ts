/** The command as it was built: what it lists, what it refuses, and two short runs for real. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { Progress } from "../../bench/cli/progress.ts";
import { number } from "../../bench/cli/table.ts";
import type { Report, Series } from "../../bench/results.ts";
import { workloads } from "../../bench/workloads/index.ts";
import { runChild } from "../../hosts/child.ts";

const RUN_MS = 120_000;

const COMMAND = "bench/dist/cli.js";

function bench(...args: string[]) {
  return runChild(process.execPath, [COMMAND, ...args], { timeoutMs: RUN_MS });
}

describe("wasyncio-bench", () => {
  test("--list: every workload with what it does; with hosts, the hosts as well", async () => {
    const { code, stdout } = await bench("--list");
    expect(code).toBe(0);
    expect(stdout.match(/^[\w-]+(?= {2})/gm)).toEqual(workloads.map(({ name }) => name));
    const across = await bench("hosts", "--list", "--only", "deno,bun");
    expect(across.stdout).toMatch(/hosts: deno, bun$/m);
  });

  test("--help: how it is used; --version: of which version it is", async () => {
    const { code, stdout } = await bench("--help");
    expect([code, stdout]).toEqual([0, expect.stringContaining("npx @wasyncio/bench [hosts] [options]")]);
    expect(await bench("--version")).toMatchObject({ code: 0, stdout: "0.1.0\n" });
  });

  test.each([
    [["everything"], 'unexpected argument "everything"'],
    [["hosts", "deno"], 'unexpected argument "hosts deno"'],
    [["--fast"], "Unknown option '--fast'"],
    [["--only"], "--only"],
    [["--only", "call-soon-chain,nothing"], "unknown name nothing; the names are call-soon-chain"],
    [["--only", "deno"], "unknown name deno"],
  ])("%j is refused with 2 and says why", async (args, words) => {
    const { code, stdout, stderr } = await bench(...args);
    expect([code, stdout]).toEqual([2, ""]);
    expect(stderr).toContain(words);
    expect(stderr).toContain("--help");
  });
});

describe("a quick run", () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "wasyncio-bench-test-"));
  });
  afterAll(() => rm(folder, { recursive: true }));

  test("on this host: a table, and the same as JSON, into a file and a folder, and as a page", {
    timeout: RUN_MS,
  }, async () => {
    const file = join(folder, "report.json");
    const results = join(folder, "results");
    const page = join(folder, "report.html");
    const { code, stdout, stderr } = await bench(
      ...[
        "--quick",
        "--only",
        "ping-pong,ping-pong-async,start-up",
        "--json",
        file,
        "--results",
        results,
        "--report",
        page,
      ],
    );
    expect([code, stderr]).toEqual([0, expect.stringContaining("ping-pong (1 of 3)")]);
    expect(stdout).toMatch(/ping-pong +10,000 +wasyncio +[\d,.]+ ns/);
    const text = await readFile(file, "utf8");
    const report = JSON.parse(text) as Report;
    expectReport(report);
    expect(report.quick).toBe(true);
    expect(report.workloads.map(({ name }) => name)).toEqual(["ping-pong", "ping-pong-async", "start-up"]);
    expect(report.hosts.map(({ name }) => name)).toEqual([`Node ${process.versions.node.split(".")[0]}`]);
    expect(report.versions).toMatchObject({ wasyncio: "0.1.0", effect: expect.stringMatching(/^4\./) });
    const names = report.hosts[0]?.results[0]?.series.map(({ contender }) => contender);
    expect(names?.slice(0, 5)).toEqual(["wasyncio", "twin", "native", "effect", "effection"]);
    const besideAsync = report.hosts[0]?.results.find(({ workload }) => workload === "ping-pong-async");
    expect(besideAsync?.series.map(({ contender }) => contender).slice(0, 4)).toEqual([
      ...["wasyncio", "twin", "generators", "effect"],
    ]);
    expect(report.bars.map(({ workload }) => workload)).toEqual([
      ...["ping-pong", "ping-pong", "ping-pong", "start-up"],
    ]);
    const [written = ""] = await readdir(results);
    expect(await readFile(join(results, written), "utf8")).toBe(text);
    expect(await readFile(page, "utf8")).toMatch(/^<!doctype html>[\s\S]*"startedAt":/i);
  });

  test("on other hosts: what is missing is reported, the rest goes on; --json prints nothing else", {
    timeout: RUN_MS,
  }, async () => {
    const { code, stdout } = await bench(...["hosts", "--quick", "--only", "bun,deno,lock", "--json"]);
    expect(code).toBe(0);
    const report = JSON.parse(stdout) as Report;
    expectReport(report);
    expect(report.hosts.map(({ name }) => name)).toEqual(["Deno", "Bun"]);
    for (const host of report.hosts) {
      if (host.status === "not found") expect(host.howToGet).toBeTruthy();
      else expect(host).toMatchObject({ status: "measured", failures: [] });
    }
  });

  test("that is interrupted ends at once and leaves nothing behind", async () => {
    const temporary = join(folder, "temporary");
    await mkdir(temporary);
    const command = spawn(process.execPath, [COMMAND, "--quick", "--only", "jitter"], {
      env: { ...process.env, TMPDIR: temporary },
      stdio: ["ignore", "ignore", "pipe"],
    });
    const ended = once(command, "exit");
    let heard = "";
    command.stderr.setEncoding("utf8").on("data", (text: string) => {
      heard += text;
    });
    await vi.waitFor(async () => expect(await readdir(temporary)).toHaveLength(1), { timeout: RUN_MS });
    expect(heard).toContain("jitter (1 of 1)");
    command.kill("SIGINT");
    expect(await ended).toEqual([null, "SIGINT"]);
    expect(await readdir(temporary)).toEqual([]);
  });
});

/** What the types promise. */
function expectReport(report: Report): void {
  expect(report).toMatchObject({
    format: "wasyncio-bench",
    version: 2,
    startedAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
    tookMs: expect.any(Number),
    machine: { cpu: expect.any(String), cores: expect.any(Number), memoryBytes: expect.any(Number) },
  });
  for (const host of report.hosts) {
    for (const { workload, figure, series } of host.results) {
      const info = report.workloads.find(({ name }) => name === workload);
      expect(info?.figures).toContain(figure);
      expect(series[0]?.contender).toBe("wasyncio");
      for (const each of series) expectSeries(each);
    }
    if (host.status === "measured") expect(host.clockStepMs).toBeGreaterThan(0);
  }
  for (const { status, value } of report.bars) expect(value === undefined).toBe(status === "not measured");
}

function expectSeries({ contender, rounds, median, p25, p75, ratio }: Series): void {
  expect(rounds.length).toBeGreaterThanOrEqual(2);
  for (const samples of rounds) expect(samples.length).toBeGreaterThan(0);
  for (const value of rounds.flat()) expect(value).toEqual(expect.any(Number));
  expect(p25).toBeLessThanOrEqual(median);
  expect(median).toBeLessThanOrEqual(p75);
  if (contender === "wasyncio") expect(ratio).toBeUndefined();
  else expect(ratio?.p25).toBeLessThanOrEqual(ratio!.p75);
}

test("Progress: one line, rewritten on a terminal; elsewhere a line for each piece of work", () => {
  const write = (isTTY: boolean) => {
    let text = "";
    const progress = new Progress({
      isTTY,
      columns: 20,
      write: (more) => {
        text += more;
      },
    });
    progress.begin("Node 20: lock");
    progress.show("round 1 of 3 and more");
    progress.note("Bun: not found");
    progress.end();
    return text;
  };
  const clear = "\r\x1b[K";
  expect(write(true)).toBe(
    `${clear}Node 20: lock ${clear}Node 20: lock round${clear}Bun: not found\n${clear}`,
  );
  expect(write(false)).toBe("Node 20: lock\nBun: not found\n");
});

test("number: three digits that count", () => {
  expect([0.01234, 1, 1.5, 12.345, 123.45, 12_345.6].map(number)).toEqual([
    ...["0.0123", "1", "1.5", "12.3", "123", "12,346"],
  ]);
});
