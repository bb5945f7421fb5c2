/**
 * A limit that is exceeded: a place becomes free and one who waits for it is woken, but another comes before it and takes the
 * place; both go in.
 * After https://github.com/aio-libs/aiohttp/issues/4936.
 */
import { Future, gather, sleep } from "wasyncio";
import { must } from "./must.ts";

export async function exceededLimit(mended: boolean): Promise<void> {
  const waiters: Future<void>[] = [];
  let free = 1;
  let connections = 0;

  async function acquire(): Promise<void> {
    if (free > 0) {
      free--;
      return;
    }
    const turn = new Future<void>();
    waiters.push(turn);
    await turn;
    if (!mended) free--;
  }

  function release(): void {
    const next = waiters.shift();
    // Mended, the place goes straight to the one who waits.
    if (!mended || next === undefined) free++;
    next?.setResult();
  }

  async function request(afterMs: number): Promise<void> {
    await sleep(afterMs);
    await acquire();
    connections++;
    must(connections === 1, `${connections} connections are open, and one is allowed`);
    await sleep(5);
    connections--;
    release();
  }

  await gather(
    () => request(6),
    () => request(1),
    () => request(2),
  );
}
