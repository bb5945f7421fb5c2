/**
 * Check-then-act on a cache: a request is looked for among those in flight, then in what was stored, which takes time, and is
 * entered among those in flight only after that; a second one comes in between, and both ask the server.
 * After https://github.com/ConsenSys-archive/ganache/issues/4411.
 */
import { createTask, gather, sleep, type Task } from "wasyncio";
import { must } from "./must.ts";

export async function requestedTwice(mended: boolean): Promise<void> {
  const stored = new Map<string, string>();
  const inFlight = new Map<string, Task<string>>();
  let requests = 0;

  async function read(key: string): Promise<string | undefined> {
    await sleep(1);
    return stored.get(key);
  }

  async function request(key: string): Promise<string> {
    requests++;
    await sleep(5);
    stored.set(key, `block ${key}`);
    return `block ${key}`;
  }

  async function get(key: string): Promise<string> {
    const others = inFlight.get(key);
    if (others !== undefined) return await others;
    const known = mended ? undefined : await read(key);
    if (known !== undefined) return known;
    const own = createTask(async () => (mended ? await read(key) : undefined) ?? (await request(key)));
    inFlight.set(key, own);
    return await own;
  }

  async function getLater(key: string): Promise<string> {
    await sleep(1);
    return await get(key);
  }

  await gather(
    () => get("latest"),
    () => getLater("latest"),
  );
  must(requests === 1, `the server was asked ${requests} times`);
}
