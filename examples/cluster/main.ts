/**
 * Renders a picture tile by tile, on threads, processes or any number of machines, by one option:
 *
 *   node build/examples/cluster/main.js [--on threads|processes|queue] [--size PIXELS] [--out FILE]
 *
 * The queue needs Redis, and workers, on this machine or others: REDIS_URL=redis://127.0.0.1:6379 in the environment of both, and
 *
 *   npx wasyncio worker build/examples/cluster/tiles.js --queue tiles
 */
import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { run } from "wasyncio";
import { type Executor, fromModule, ProcessPoolExecutor, ThreadPoolExecutor } from "wasyncio/executors";
import { png } from "./png.js";
import type { Tile } from "./tiles.js";

const TILE_PIXELS = 64;

const { values } = parseArgs({
  options: {
    on: { type: "string", default: "threads" },
    size: { type: "string", default: "1024" },
    out: { type: "string", default: "mandelbrot.png" },
  },
});

/** The one line in which the three differ. */
async function executorFor(where: string): Promise<Executor> {
  if (where === "threads") return new ThreadPoolExecutor();
  if (where === "processes") return new ProcessPoolExecutor();
  if (where !== "queue") throw new RangeError(`--on is threads, processes or queue, and not ${where}`);
  const { QueueExecutor } = await import("wasyncio/executors/bullmq");
  return new QueueExecutor({
    queue: "tiles",
    redis: process.env.REDIS_URL ?? "redis://127.0.0.1:6379",
    attempts: 3,
  });
}

const tasks = fromModule<typeof import("./tiles.js")>(new URL("./tiles.js", import.meta.url));

await run(async () => {
  const sizePixels = Math.max(1, Math.round(Number(values.size) / TILE_PIXELS)) * TILE_PIXELS;
  const tiles = tilesOf(sizePixels);
  const pixels = new Uint8Array(sizePixels * sizePixels * 3);
  const executor = await executorFor(values.on);
  await executor.with(async () => {
    let done = 0;
    for await (const tile of executor.map(tasks.render, tiles, { chunkSize: 4 })) {
      place(tile, tiles[done++] as Tile, pixels);
      show(done / tiles.length);
    }
  });
  writeFileSync(values.out, png(sizePixels, sizePixels, pixels));
  console.log(`\n${values.out}: ${sizePixels} x ${sizePixels} pixels, ${tiles.length} tiles on ${values.on}`);
});

function tilesOf(sizePixels: number): Tile[] {
  const starts = Array.from({ length: sizePixels / TILE_PIXELS }, (_, index) => index * TILE_PIXELS);
  const whole = { sizePixels: TILE_PIXELS, widthPixels: sizePixels, heightPixels: sizePixels };
  return starts.flatMap((y) => starts.map((x) => ({ x, y, ...whole })));
}

function place(tile: Uint8Array, { x, y, sizePixels, widthPixels }: Tile, pixels: Uint8Array): void {
  for (let row = 0; row < sizePixels; row++) {
    const from = row * sizePixels * 3;
    pixels.set(tile.subarray(from, from + sizePixels * 3), ((y + row) * widthPixels + x) * 3);
  }
}

function show(share: number): void {
  if (!process.stdout.isTTY) return;
  const width = 40;
  const full = Math.round(share * width);
  process.stdout.write(`\r[${"#".repeat(full)}${" ".repeat(width - full)}] ${Math.round(share * 100)} %`);
}
