/**
 * The installed package in an app on Next.js, built by each of its bundlers, started, and asked on its edge: what Next.js
 * forbids there is forbidden when it is built or called.
 */
import { cpSync, existsSync, mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Child, runChild } from "../../hosts/child.ts";
import { installedFolder } from "../hosts/package.ts";
import { type Services, startServices } from "../hosts/services.ts";

const HERE = fileURLToPath(new URL(".", import.meta.url));
const NEXT = join(HERE, "node_modules/next/dist/bin/next");
const APP = ["app", "pages", "answer.js", "next.config.mjs", "package.json"];
const ENVIRONMENT = {
  NEXT_TELEMETRY_DISABLED: "1",
  NEXT_IGNORE_INCORRECT_LOCKFILE: "1",
  NODE_ENV: "production",
};

let services: Services;
beforeAll(async () => {
  services = await startServices();
});
afterAll(() => services?.close());

/** The app with the installed package, in a folder from which Next.js is found. */
function appFolder(): string {
  if (!existsSync(NEXT)) throw new Error("Next.js was not found; npm ci --prefix test/next");
  const folder = mkdtempSync(join(HERE, "run-"));
  afterAll(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));
  for (const name of APP) cpSync(join(HERE, name), join(folder, name), { recursive: true });
  cpSync(join(installedFolder(), "node_modules"), join(folder, "node_modules"), { recursive: true });
  return folder;
}

/** Starts the app on a port that is free, and tells where it is once it takes requests. */
function start(folder: string): { app: Child; origin: Promise<string> } {
  let told = (_origin: string) => {};
  const app = new Child(process.execPath, [NEXT, "start", "--hostname", "127.0.0.1", "--port", "0"], {
    cwd: folder,
    env: ENVIRONMENT,
    onLine: (line) => {
      const origin = /http:\/\/127\.0\.0\.1:\d+/.exec(line)?.[0];
      if (origin !== undefined) told(origin);
    },
  });
  const origin = new Promise<string>((resolve, reject) => {
    told = resolve;
    app.outcome.then(({ stdout, stderr }) => {
      reject(new Error(`Next.js did not start\n${stdout}${stderr}`));
    }, reject);
  });
  return { app, origin };
}

describe.each([["Turbopack"], ["webpack"]])("Next.js by %s", (bundler) => {
  const folder = appFolder();
  let app: Child;
  let origin: string;

  beforeAll(async () => {
    const args = [NEXT, "build", `--${bundler.toLowerCase()}`];
    const { code, stdout, stderr } = await runChild(process.execPath, args, {
      cwd: folder,
      env: ENVIRONMENT,
      timeoutMs: 280_000,
    });
    const said = stdout + stderr;
    expect(code, said).toBe(0);
    expect(said).not.toMatch(/Node\.js API|not supported|[Dd]ynamic [Cc]ode [Ee]valuation/);
    const started = start(folder);
    app = started.app;
    origin = await started.origin;
  }, 300_000);
  afterAll(() => app?.end());

  test.each([
    ["edge", "edge-light"],
    ["api/edge", "edge-light"],
    ["node", "node"],
  ])("the route /%s answers on the host %s", async (route, host) => {
    const response = await fetch(`${origin}/${route}?fetched=${encodeURIComponent(services.url)}`);
    const text = await response.text();
    expect([response.status, text]).toEqual([200, expect.stringMatching(/^\{/)]);
    expect(JSON.parse(text)).toEqual({
      host,
      both: [2, 1],
      behindForeignAwait: `GET /${route}`,
      fetched: "hello",
    });
  });
});
