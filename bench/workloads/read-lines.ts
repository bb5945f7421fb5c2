/** Lines out of a reader that has them all: what a read costs that need not wait. */
import { newEventLoop, type Startable, StreamReader } from "wasyncio";
import { ASYNC, type Contender, expectCount, GENERATORS, TIME, type Workload } from "./workload.ts";

const LINE_BYTES = 64;
const NEWLINE = 10;

/** How many lines were read, since the run began. */
let lines = 0;

function* readAll(reader: StreamReader) {
  for (;;) {
    const line = yield* reader.readline();
    if (line.length === 0) break;
    lines++;
  }
}

async function readAllAsync(reader: StreamReader) {
  for (;;) {
    const line = await reader.readline();
    if (line.length === 0) break;
    lines++;
  }
}

/** Filling the reader does not count. */
function ours(read: (reader: StreamReader) => Startable<void>): Contender {
  return {
    start: (size, clock) => {
      const loop = newEventLoop();
      const bytes = new Uint8Array(size * LINE_BYTES).fill(7);
      for (let i = 1; i <= size; i++) bytes[i * LINE_BYTES - 1] = NEWLINE;
      const run = async () => {
        const reader = new StreamReader({ loop, limit: bytes.length });
        reader.feedData(bytes);
        reader.feedEof();
        lines = 0;
        const beganMs = clock();
        await loop.runUntilComplete(read(reader));
        const countedMs = clock() - beganMs;
        expectCount("lines", lines, size);
        return { countedMs };
      };
      return { operations: size, run, end: () => loop.close() };
    },
  };
}

const shared = {
  unit: "ns",
  per: "line",
  sizeOf: "lines",
  figures: [TIME],
  sizes: [10_000],
  quickSizes: [10_000],
} as const;

export const readLines: Workload = {
  ...shared,
  name: "read-lines",
  title: "lines out of a full reader",
  about: `N lines of ${LINE_BYTES} bytes are read one by one from a stream reader that has them all. Filling it does not count.`,
  contenders: { wasyncio: ours(readAll) },
};

export const readLinesAsync: Workload = {
  ...shared,
  ...ASYNC,
  name: "read-lines-async",
  title: "lines out of a full reader, async functions",
  about: "The same by an async function, which awaits each line.",
  contenders: { wasyncio: ours((reader) => () => readAllAsync(reader)), [GENERATORS]: ours(readAll) },
};
