/** Runs examples/cluster as a user does, from the built package: on threads, on processes, and on a queue where there is Redis. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it, vi } from "vitest";
import { hasRedis, Redis } from "../executors/redis.ts";
import { nodeOutcome, ROOT } from "./node-child.ts";

const FOLDER = "build/examples/cluster";
const SIZE_PIXELS = 256;

const folder = mkdtempSync(join(tmpdir(), "wasyncio-cluster-"));
afterAll(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true, force: true });
});

async function pictureOn(where: string): Promise<Buffer> {
  const out = join(folder, `${where}.png`);
  const options = ["--on", where, "--size", String(SIZE_PIXELS), "--out", out];
  const { code, stdout, stderr } = await nodeOutcome(`${FOLDER}/main.js`, ...options);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  expect(stdout).toContain(`${SIZE_PIXELS} x ${SIZE_PIXELS} pixels, 16 tiles on ${where}`);
  return readFileSync(out);
}

it("the picture is the same on threads and on processes", async () => {
  const picture = await pictureOn("threads");
  expect(picture.subarray(0, 8).toString("latin1")).toBe("\x89PNG\r\n\x1a\n");
  expect([picture.readUInt32BE(16), picture.readUInt32BE(20)]).toEqual([SIZE_PIXELS, SIZE_PIXELS]);
  expect((await pictureOn("processes")).equals(picture)).toBe(true);
}, 60_000);

it.skipIf(!hasRedis && process.env.CI === undefined)(
  "and on a queue",
  async () => {
    const redis = new Redis();
    await redis.start();
    vi.stubEnv("REDIS_URL", redis.url);
    const args = [
      "dist/cli/main.js",
      "worker",
      `${FOLDER}/tiles.js`,
      "--queue",
      "tiles",
      "--concurrency",
      "2",
    ];
    const worker = spawn(process.execPath, args, { cwd: ROOT, stdio: ["ignore", "pipe", "inherit"] });
    try {
      await once(worker.stdout, "data");
      expect((await pictureOn("queue")).equals(await pictureOn("threads"))).toBe(true);
    } finally {
      worker.kill("SIGTERM");
      await once(worker, "exit");
      await redis.close();
    }
  },
  60_000,
);
