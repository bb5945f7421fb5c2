/** A batch that forgets a key: what came while the batch was being fetched is taken for a part of it. */
import { type Coroutine, createTask, Future, gather, sleep } from "wasyncio";
import { must } from "./must.ts";

interface Load {
  readonly key: string;
  readonly row: Future<string | undefined>;
}

export function* forgottenKey(mended: boolean): Coroutine<void> {
  let loads: Load[] = [];

  function* fetch(keys: readonly string[]): Coroutine<string[]> {
    yield* sleep(5);
    return keys.map((key) => `row ${key}`);
  }

  function* fetchBatch(): Coroutine<void> {
    const batch = loads;
    if (mended) loads = [];
    const rows = yield* fetch(batch.map(({ key }) => key));
    for (const [index, { row }] of batch.entries()) row.setResult(rows[index]);
    if (!mended) loads = [];
  }

  function* load(key: string): Coroutine<void> {
    const row = new Future<string | undefined>();
    if (loads.push({ key, row }) === 1) createTask(fetchBatch());
    const found = yield* row;
    must(found === `row ${key}`, `for ${key} there is ${found}`);
  }

  function* loadLater(key: string): Coroutine<void> {
    yield* sleep(0);
    yield* sleep(5);
    yield* load(key);
  }

  yield* gather(load("a"), loadLater("b"));
}
