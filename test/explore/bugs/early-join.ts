/**
 * A queue's join that comes too early: an item is reported as done before what it has led to is in the queue, and for a moment
 * nothing seems to be left.
 */
import { type Coroutine, createTask, gather, Queue, sleep } from "wasyncio";
import { must } from "./must.ts";

interface Page {
  readonly path: string;
  /** How many turns it takes to come. */
  readonly turns: number;
  readonly links: readonly Page[];
}

const START: readonly Page[] = [
  { path: "/a", turns: 1, links: [{ path: "/a/deep", turns: 3, links: [] }] },
  { path: "/b", turns: 2, links: [] },
];

export function* earlyJoin(mended: boolean): Coroutine<void> {
  const pages = new Queue<Page>();
  const seen: string[] = [];

  function* crawl(): Coroutine<void> {
    for (;;) {
      const page = yield* pages.get();
      for (let turn = 0; turn < page.turns; turn++) yield* sleep(0);
      seen.push(page.path);
      if (!mended) pages.taskDone();
      yield* sleep(0);
      for (const link of page.links) pages.putNowait(link);
      if (mended) pages.taskDone();
    }
  }

  for (const page of START) pages.putNowait(page);
  const crawlers = [createTask(crawl()), createTask(crawl())];
  yield* pages.join();
  for (const crawler of crawlers) crawler.cancel();
  yield* gather(...crawlers, { returnExceptions: true });
  must(seen.includes("/a/deep"), "a page was never read");
}
